#pragma once
// "Did you mean …?": the known name nearest to a mistyped one.
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ktl::config {

// Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`, counted in code points: the optimal
// string alignment distance.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known`, if at most a third of the name (at least one, at most three edits) differs. Of equally near
// ones the first. Names over 64 bytes get no suggestion.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> known);

}  // namespace ktl::config
