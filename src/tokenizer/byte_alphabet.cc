#include "tokenizer/byte_alphabet.h"

#include <array>
#include <cstdint>

#include "base/text.h"

namespace ktl::tokenizer {
namespace {

constexpr int kCharacters = 0x144;  // 188 bytes stand for themselves, 68 are spelled U+0100..U+0143
using ByteOf = std::array<std::int16_t, kCharacters>;

constexpr bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
}

constexpr ByteOf byte_of_character() {
  ByteOf table{};
  for (auto& entry : table) entry = -1;
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const int character = stands_for_itself(byte) ? byte : next++;
    table[static_cast<std::size_t>(character)] = static_cast<std::int16_t>(byte);
  }
  return table;
}

constexpr ByteOf kByteOf = byte_of_character();

}  // namespace

std::optional<std::string> bytes_of_spelling(std::string_view spelled) {
  std::string bytes;
  bytes.reserve(spelled.size());
  for (std::size_t at = 0; at < spelled.size();) {
    const char32_t character = next_code_point(spelled, at);
    if (character >= kCharacters || kByteOf[character] < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(kByteOf[character]));
  }
  return bytes;
}

}  // namespace ktl::tokenizer
