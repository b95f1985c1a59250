#pragma once
// May this configuration be reached from outside? The demo keys are printed in the documentation, so a public address
// must not accept them unless the operator insists (--allow-demo-keys).
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/language.h"

namespace ktl::config {

// True unless `host` is this machine only: localhost, 127.x.y.z, ::1.
bool is_public_address(std::string_view host);

// Why the configuration must not be served as it is, for the operator; nullopt if nothing is wrong with it:
// a public server address together with published demo keys, or with api_key_required: false.
std::optional<std::string> exposure_problem(const Config& config, Language language);

}  // namespace ktl::config
