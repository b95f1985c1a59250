#pragma once
// Fixed-size memory blocks for receive buffers, kept on a free list of the thread. A connection that waits without
// unread bytes holds no block: 5,000 idle connections cost none.
#include <cstddef>

namespace ktl::net {

inline constexpr std::size_t kBlockBytes = 8 * 1024;
inline constexpr std::size_t kBlockSlack = 64;  // readable behind every block (simdjson reads past the end)

char* take_block();
void give_block(char* block) noexcept;

}  // namespace ktl::net
