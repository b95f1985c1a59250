#pragma once
// The names of the tokens that stand for one byte in SentencePiece's manner: "<0x00>" to "<0xFF>".
#include <array>
#include <cstdint>
#include <string_view>

namespace ktl::tokenizer {

class ByteTokenName {
 public:
  explicit ByteTokenName(std::uint8_t byte) : text_{'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'} {}
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::array<char, 6> text_;
};

// The byte that a token of this name stands for; -1 if none.
inline int byte_of_token_name(std::string_view name) {
  if (name.size() != 6) return -1;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -16; };
  const int byte = 16 * digit(name[3]) + digit(name[4]);
  return byte >= 0 && ByteTokenName(static_cast<std::uint8_t>(byte)).view() == name ? byte : -1;
}

}  // namespace ktl::tokenizer
