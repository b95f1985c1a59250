#pragma once
// Reads Prometheus' text exposition format 0.0.4, as engines write it. Pure and total: lines it cannot read are passed
// over. Linear in the input.
#include <functional>
#include <string_view>

namespace ktl::telemetry {

struct Sample {
  std::string_view name;
  std::string_view labels;  // what stands between the braces
  double value = 0;         // finite

  // As written, escapes and all; empty if the label is absent.
  std::string_view label(std::string_view wanted) const;
};

// Samples that are not finite (NaN, +Inf) are passed over.
void for_each_sample(std::string_view text, const std::function<void(const Sample&)>& take);

}  // namespace ktl::telemetry
