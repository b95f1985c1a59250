#include "tokenizer/random_vocabulary.h"

#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "tokenizer/byte_tokens.h"

namespace ktl::tokenizer {
namespace {

constexpr std::array<std::string_view, 10> kLetters = {"a", "b", "가", "나", "각", "=", "é", " ", "의", "あ"};
constexpr std::array<std::string_view, 15> kOthers = {"1",  "\n",     "뷁",  "\u1100", "\u1161", "\u0301", "'s",    "😀",
                                                      "  ", "\u2581", "<s>", "<|x|>",  "<0x41>", "A\r\n",  "\u00a0"};

class Maker {
 public:
  explicit Maker(Rng& rng) : rng_(rng) {}

  Vocabulary make() {
    const bool byte_level = rng_.below(2) == 0;
    out_.scheme = byte_level ? Scheme::byte_level : Scheme::sentencepiece;
    if (byte_level) {
      out_.split = rng_.below(2) == 0 ? Split::qwen2 : Split::llama3;
      out_.nfc = rng_.below(2) == 0;
      out_.ignore_merges = rng_.below(2) == 0;
      for (int byte = 0; byte < 256; ++byte) add(std::string(1, static_cast<char>(byte)));
      for (const std::string_view letter : kLetters) {
        for (const char c : letter) parts_.push_back(ids_.at(std::string(1, c)));
      }
    } else {
      for (const char* special : {"<unk>", "<s>", "</s>"}) add(special);
      for (int byte = 0; byte < 256; ++byte) add(std::string(ByteTokenName(static_cast<std::uint8_t>(byte)).view()));
      for (const std::string_view letter : kLetters)
        parts_.push_back(add(letter == " " ? "\u2581" : std::string(letter)));
      out_.unknown = 0;
    }
    add_merges(byte_level || rng_.below(4) == 0);
    for (std::uint64_t i = rng_.below(8); i > 0; --i) {  // tokens that no merge makes
      const std::string text = text_of(any_part()) + text_of(any_part()) + text_of(any_part());
      if (!ids_.contains(text)) add(text);
    }
    if (byte_level) {
      out_.added.push_back({"<|x|>", static_cast<TokenId>(out_.tokens.size()), true});
    } else {
      for (TokenId id = 0; id < 3; ++id) out_.added.push_back({text_of(id), id, true});
    }
    return std::move(out_);
  }

 private:
  TokenId add(const std::string& text) {
    const auto id = static_cast<TokenId>(out_.tokens.size());
    out_.tokens.push_back(text);
    ids_.emplace(text, id);
    return id;
  }
  std::string text_of(TokenId id) const { return std::string(out_.tokens[id]); }
  TokenId any_part() { return parts_[rng_.below(parts_.size())]; }

  void add_merges(bool blanks_inside) {
    std::set<std::pair<TokenId, TokenId>> seen;
    for (std::uint64_t i = 4 + rng_.below(120); i > 0; --i) {
      const TokenId left = any_part();
      const TokenId right = any_part();
      const std::string text = text_of(left) + text_of(right);
      const bool joins_words = text_of(right).starts_with("\u2581") && !text_of(left).ends_with("\u2581");
      if (text.size() > 40 || (joins_words && !blanks_inside) || !seen.emplace(left, right).second) continue;
      const auto known = ids_.find(text);
      const TokenId result = known != ids_.end() ? known->second : add(text);
      out_.merges.push_back({left, right, result});
      parts_.push_back(result);
    }
    // Published tables are nearly in the order in which the tokens can be made, but not quite.
    for (std::uint64_t i = rng_.below(2) * rng_.below(out_.merges.size() + 1); i > 0; --i) {
      std::swap(out_.merges[rng_.below(out_.merges.size())], out_.merges[rng_.below(out_.merges.size())]);
    }
  }

  Rng& rng_;
  Vocabulary out_;
  std::map<std::string, TokenId> ids_;
  std::vector<TokenId> parts_;
};

}  // namespace

Vocabulary random_vocabulary(Rng& rng) {
  return Maker(rng).make();
}

std::string random_text(Rng& rng, std::size_t characters) {
  std::string text;
  const std::uint64_t letters = 1 + rng.below(kLetters.size());
  const std::uint64_t strangeness = rng.below(3) * 8;
  for (std::uint64_t i = rng.below(characters + 1); i > 0; --i) {
    text += rng.below(100) < strangeness ? kOthers[rng.below(kOthers.size())] : kLetters[rng.below(letters)];
  }
  return text;
}

}  // namespace ktl::tokenizer
