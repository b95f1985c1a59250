#pragma once
// cmake/layers.txt: which module may include which, and which third-party headers it may see.
//   module: modules … : third-party first path elements …      (`*` = all; `#` begins a comment line)
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace ktl::tidy {

struct Layer {
  std::set<std::string, std::less<>> modules;
  std::set<std::string, std::less<>> third_party;
};

using Layers = std::map<std::string, Layer, std::less<>>;

// Throws std::runtime_error with the line when it is not of that form or names an unknown module.
Layers parse_layers(std::string_view text);

// Why `module` may not have this include line, or "". Headers of the C++ library are free to all; headers of the
// operating system (<unistd.h>, <fcntl.h>, …) to those that may see `sys`.
std::string objection_to_include(const Layers& layers, std::string_view module, std::string_view line);

}  // namespace ktl::tidy
