#pragma once
// A sample as the dashboard gets it. Pure. What is not known is null, never 0.
#include <string>
#include <string_view>

#include "admin/json_writer.h"
#include "monitor/sample.h"

namespace ktl::admin {

std::string overview_json(const monitor::Sample& sample, std::string_view version);
std::string engines_json(const monitor::Sample& sample);
std::string gpu_json(const monitor::Sample& sample);

}  // namespace ktl::admin
