#pragma once
// From which size on a body is read and counted on another thread: on the loop it would take a millisecond and more.
#include <cstddef>

namespace ktl::gateway {

inline constexpr std::size_t kLongBody = 64 * 1024;

}  // namespace ktl::gateway
