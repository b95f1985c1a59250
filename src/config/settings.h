#pragma once
// The configuration one value at a time, each with its place of origin: what the settings page shows.
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace ktl::config {

struct Setting {
  std::string path;              // as in origins.h
  std::string value;             // as the YAML writes it; of a secret a mask
  std::optional<Origin> origin;  // nothing: the default
};

// The same values as to_yaml (config/print.h), in the same order, but for users, api_keys and groups. A limit that is
// not there is none.
std::vector<Setting> settings_of(const Config& config);

}  // namespace ktl::config
