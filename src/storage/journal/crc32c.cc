#include "storage/journal/crc32c.h"

#include <array>
#include <cstring>

namespace ktl::storage {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // reflected

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0U);
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kTable = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(const void* bytes, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  std::uint64_t crc = 0xFFFFFFFF;
  for (; size >= 8; at += 8, size -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto rest = static_cast<std::uint32_t>(crc);
  for (; size > 0; ++at, --size) rest = __builtin_ia32_crc32qi(rest, *at);
  return ~rest;
}

const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
#endif

}  // namespace

std::uint32_t crc32c_by_table(const void* bytes, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(bytes);
  std::uint32_t crc = 0xFFFFFFFF;
  for (; size > 0; ++at, --size) crc = (crc >> 8) ^ kTable[(crc ^ *at) & 0xFF];
  return ~crc;
}

std::uint32_t crc32c(const void* bytes, std::size_t size) {
#if defined(__x86_64__)
  if (kHasInstruction) return crc32c_by_instruction(bytes, size);
#endif
  return crc32c_by_table(bytes, size);
}

}  // namespace ktl::storage
