#pragma once
// A place within a piece of text: offset and length. length 0 = nowhere.
#include <cstddef>
#include <string_view>

namespace ktl::protocol {

struct Span {
  std::size_t offset = 0;
  std::size_t length = 0;

  bool empty() const { return length == 0; }
  std::size_t end() const { return offset + length; }
  std::string_view of(std::string_view text) const { return text.substr(offset, length); }
  friend bool operator==(const Span&, const Span&) = default;
};

}  // namespace ktl::protocol
