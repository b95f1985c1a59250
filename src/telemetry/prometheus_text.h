#pragma once
// The registry in Prometheus' text exposition format, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
#include <string>
#include <string_view>

#include "telemetry/registry.h"

namespace ktl::telemetry {

inline constexpr std::string_view kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

// All families ordered by name, each with HELP and TYPE. Thread-safe. Malformed UTF-8 in label values becomes U+FFFD.
std::string prometheus_text(const Registry& registry);

}  // namespace ktl::telemetry
