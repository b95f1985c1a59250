#pragma once
// The effective configuration as YAML for people: every value in force, secrets as masks.
#include <string>
#include <string_view>

#include "config/config.h"

namespace ktl::config {

// Valid YAML. Keys are a list of masks, so the output documents a configuration and is not one.
std::string to_yaml(const Config& config);
// The same without users, api_keys and groups.
std::string to_yaml_without_people(const Config& config);

// A URL without its password: "redis://:…@host:6379".
std::string without_password(std::string_view url);

}  // namespace ktl::config
