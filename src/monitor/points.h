#pragma once
// A sample as figures of the history: which ones there are, and what they are called. Pure.
#include <vector>

#include "monitor/sample.h"
#include "series/history.h"

namespace ktl::monitor {

// Empty for the first sample after a start, which has nothing before it. What is not known has no point.
std::vector<series::Point> points_of(const Sample& sample);

}  // namespace ktl::monitor
