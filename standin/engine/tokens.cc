#include "standin/engine/tokens.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace ktl::standin {
namespace {

constexpr int kWhole = 100;  // weights are in hundredths of a token

bool is_letter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_digit(char32_t c) {
  return c >= '0' && c <= '9';
}
bool is_hangul(char32_t c) {
  return c >= 0xAC00 && c <= 0xD7AF;
}

int weight(char32_t c, std::string_view rest) {
  if (is_hangul(c)) return 95;
  if (is_letter(c)) return 22;
  if (is_digit(c)) return kWhole;
  if (c == ' ' && !rest.empty()) {
    std::size_t at = 0;
    const char32_t next = next_code_point(rest, at);
    if (is_digit(next)) return kWhole;
    if (is_letter(next) || is_hangul(next)) return 10;
  }
  return 45;
}

// Calls use(piece) once per token, the pieces in order and without gaps.
template <class Use>
void for_each_piece(std::string_view text, Use use) {
  std::size_t begin = 0, end = 0;  // of the piece that waits to be used
  std::size_t at = 0;
  int sum = 0;
  while (at < text.size()) {
    const char32_t c = next_code_point(text, at);
    sum += weight(c, text.substr(at));
    if (sum < kWhole) continue;
    sum -= kWhole;
    if (end > begin) {
      use(text.substr(begin, end - begin));
      begin = end;
    }
    end = at;
  }
  if (begin < text.size()) use(text.substr(begin));  // what is left over joins the last piece
}

// Ids that published examples show; the rest is made up.
constexpr std::array<std::pair<std::string_view, TokenId>, 6> kPublished{
    {{"\n", 198}, {" ", 220}, {"Hello", 9707}, {"hello", 14990}, {" world", 1879}, {"assistant", 77091}}};

}  // namespace

std::int64_t count_tokens(std::string_view text) {
  std::int64_t sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    sum += weight(c, text.substr(at));
  }
  if (text.empty()) return 0;
  return sum < kWhole ? 1 : sum / kWhole;
}

TokenId token_of(std::string_view piece) {
  if (piece.size() == 1 && is_digit(static_cast<unsigned char>(piece[0]))) {
    return static_cast<TokenId>(15 + (piece[0] - '0'));
  }
  for (const auto& [text, id] : kPublished) {
    if (text == piece) return id;
  }
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : piece) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return static_cast<TokenId>(1000 + (hash ^ (hash >> 32)) % 150'000);
}

void append_tokens(std::string_view text, std::vector<TokenId>& out) {
  for_each_piece(text, [&](std::string_view piece) { out.push_back(token_of(piece)); });
}

std::vector<TokenId> Detokenizer::encode(std::string_view text) {
  std::vector<TokenId> ids;
  for_each_piece(text, [&](std::string_view piece) {
    ids.push_back(token_of(piece));
    if (pieces_.size() < kMost) pieces_.emplace(ids.back(), piece);
  });
  return ids;
}

std::string Detokenizer::decode(const std::vector<TokenId>& ids) const {
  std::string text;
  for (const TokenId id : ids) {
    const auto found = pieces_.find(id);
    if (found != pieces_.end()) {
      text += found->second;
    } else if (id >= 15 && id < 25) {
      text.push_back(static_cast<char>('0' + (id - 15)));
    } else {
      const std::string_view* known = nullptr;
      for (const auto& [piece, published] : kPublished) {
        if (published == id) known = &piece;
      }
      text += known != nullptr ? *known : std::string_view("\xEF\xBF\xBD");
    }
  }
  return text;
}

}  // namespace ktl::standin
