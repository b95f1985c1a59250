#pragma once
// CRC-32C (Castagnoli, RFC 3720 appendix B.4): tells a whole journal record from a torn one.
#include <cstddef>
#include <cstdint>

namespace ktl::storage {

// The checksum of `size` bytes. Uses the processor's instruction where there is one; same result everywhere.
std::uint32_t crc32c(const void* bytes, std::size_t size);

// The same by table, for processors without the instruction (and to test one against the other).
std::uint32_t crc32c_by_table(const void* bytes, std::size_t size);

}  // namespace ktl::storage
