#include "standin/engine/tokens.h"

#include <array>
#include <utility>

namespace ktl::standin {
namespace {

// Ids that published examples show; the rest is made up.
constexpr std::array<std::pair<std::string_view, TokenId>, 16> kPublished{{{"\n", kNewline},
                                                                           {" ", 220},
                                                                           {"Hello", 9707},
                                                                           {"hello", 14990},
                                                                           {" world", 1879},
                                                                           {"assistant", 77091},
                                                                           {"0", 15},
                                                                           {"1", 16},
                                                                           {"2", 17},
                                                                           {"3", 18},
                                                                           {"4", 19},
                                                                           {"5", 20},
                                                                           {"6", 21},
                                                                           {"7", 22},
                                                                           {"8", 23},
                                                                           {"9", 24}}};

}  // namespace

TokenId token_of(std::string_view piece) {
  for (const auto& [text, id] : kPublished) {
    if (text == piece) return id;
  }
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : piece) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return static_cast<TokenId>(1000 + (hash ^ (hash >> 32)) % 150'000);
}

std::string_view published_text(TokenId id) {
  for (const auto& [text, published] : kPublished) {
    if (published == id) return text;
  }
  return {};
}

}  // namespace ktl::standin
