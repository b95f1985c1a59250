#pragma once
// What is wrong in a sample, worst first, and since when. Pure.
#include <vector>

#include "monitor/sample.h"

namespace ktl::monitor {

// `before`: the list of the sample before, so that what goes on keeps its beginning.
std::vector<Trouble> troubles_of(const Sample& sample, const std::vector<Trouble>& before);

}  // namespace ktl::monitor
