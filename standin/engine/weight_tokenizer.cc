#include "standin/engine/weight_tokenizer.h"

#include <array>
#include <span>

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

// What the template prints around content, with its published ids. Longer ones stand before their own beginnings.
constexpr std::array<TokenId, 19> kDefaultSystem{151644, 8948,  198, 2610, 525, 1207, 16948, 11,    3465, 553,
                                                 54364,  14817, 13,  1446, 525, 264,  10950, 17847, 13};
constexpr std::array<TokenId, 3> kSystem{kTurnStart, 8948, kNewline};
constexpr std::array<TokenId, 3> kUser{kTurnStart, 872, kNewline};
constexpr std::array<TokenId, 3> kAssistant{kTurnStart, 77091, kNewline};
constexpr std::array<TokenId, 2> kEndOfTurn{kTurnEnd, kNewline};
constexpr std::array<TokenId, 1> kStart{kTurnStart};
constexpr std::array<TokenId, 1> kEnd{kTurnEnd};

struct Phrase {
  std::string_view text;
  std::span<const TokenId> ids;
};
constexpr std::string_view kPhraseBegins = "<|im_";
constexpr std::array<Phrase, 7> kPhrases{
    {{"<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.", kDefaultSystem},
     {"<|im_start|>system\n", kSystem},
     {"<|im_start|>user\n", kUser},
     {"<|im_start|>assistant\n", kAssistant},
     {"<|im_end|>\n", kEndOfTurn},
     {"<|im_start|>", kStart},
     {"<|im_end|>", kEnd}}};

// Calls content(text) and phrase(phrase) for the parts of `text` in order.
template <class Content, class UsePhrase>
void split_at_phrases(std::string_view text, Content content, UsePhrase use_phrase) {
  std::size_t begin = 0;
  for (std::size_t at = 0; (at = text.find(kPhraseBegins, at)) != std::string_view::npos;) {
    const Phrase* found = nullptr;
    for (const Phrase& phrase : kPhrases) {
      if (found == nullptr && text.substr(at).starts_with(phrase.text)) found = &phrase;
    }
    if (found == nullptr) {
      at += kPhraseBegins.size();
      continue;
    }
    content(text.substr(begin, at - begin));
    use_phrase(*found);
    begin = at = at + found->text.size();
  }
  content(text.substr(begin));
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

std::int64_t count_by_weight(std::string_view text) {
  std::int64_t sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    sum += weight(c, text.substr(at));
  }
  if (text.empty()) return 0;
  return sum < kWhole ? 1 : sum / kWhole;
}

}  // namespace

std::int64_t WeightTokenizer::count(std::string_view text) {
  std::int64_t tokens = 0;
  split_at_phrases(
      text, [&](std::string_view content) { tokens += count_by_weight(content); },
      [&](const Phrase& phrase) { tokens += static_cast<std::int64_t>(phrase.ids.size()); });
  return tokens;
}

void WeightTokenizer::append(std::string_view text, std::vector<TokenId>& out) {
  const auto use_piece = [&](std::string_view piece) {
    out.push_back(token_of(piece));
    if (pieces_.size() < kMostRemembered) pieces_.try_emplace(out.back(), piece);
  };
  split_at_phrases(
      text, [&](std::string_view content) { for_each_piece(content, use_piece); },
      [&](const Phrase& phrase) { out.insert(out.end(), phrase.ids.begin(), phrase.ids.end()); });
}

std::string WeightTokenizer::decode(const std::vector<TokenId>& ids) const {
  std::string text;
  for (const TokenId id : ids) {
    const auto seen = pieces_.find(id);
    const std::string_view known = seen != pieces_.end() ? std::string_view(seen->second) : published_text(id);
    text += known.empty() ? std::string_view("\xEF\xBF\xBD") : known;
  }
  return text;
}

}  // namespace ktl::standin
