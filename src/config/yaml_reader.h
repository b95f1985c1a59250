#pragma once
// YAML text -> Node tree, by yaml-cpp's event parser. Internal to config; the only place that sees yaml-cpp.
#include <optional>

#include "config/findings.h"
#include "config/load.h"
#include "config/node.h"

namespace ktl::config {

inline constexpr std::size_t kMaxFileBytes = 4 << 20;
inline constexpr std::size_t kMaxNodes = 200'000;  // with aliases written out
inline constexpr std::size_t kMaxDepth = 64;

// The first document of the file; a null node for an empty one. nullopt after a finding that makes the tree useless.
// Duplicate keys are findings too; the first one stays.
std::optional<Node> read_yaml(const Source& source, std::size_t source_index, Findings& findings);

}  // namespace ktl::config
