#pragma once
// The program's version, as `token-limiter version`, /health and the metrics tell it.
#include <string_view>

namespace ktl::app {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace ktl::app
