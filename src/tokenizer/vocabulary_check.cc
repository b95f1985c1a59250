#include "tokenizer/vocabulary_check.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "tokenizer/byte_tokens.h"

namespace ktl::tokenizer {
namespace {

using Flaw = std::optional<std::string>;

int byte_meant(const Vocabulary& vocabulary, TokenId id) {
  const std::string_view text = vocabulary.tokens[id];
  if (vocabulary.scheme == Scheme::sentencepiece) return byte_of_token_name(text);
  return text.size() == 1 ? static_cast<unsigned char>(text[0]) : -1;
}

Flaw flaw_in_tokens(const Vocabulary& vocabulary) {
  if (vocabulary.tokens.size() > std::size_t{kMaxTokenId} + 1) return "too many tokens";
  std::array<bool, 256> has_token{};
  bool has_blank = vocabulary.scheme == Scheme::byte_level;
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    if (vocabulary.tokens[id].size() > kMaxTokenBytes) return "a token that is too long";
    if (vocabulary.tokens[id] == "\u2581") has_blank = true;
    if (const int byte = byte_meant(vocabulary, id); byte >= 0) has_token[static_cast<std::size_t>(byte)] = true;
  }
  if (std::find(has_token.begin(), has_token.end(), false) != has_token.end()) return "a byte without a token";
  if (!has_blank) return "no token for the blank";
  return std::nullopt;
}

Flaw flaw_in_merges(const Vocabulary& vocabulary) {
  if (vocabulary.merges.size() > kMaxMerges) return "too many merges";
  const TokenTable& tokens = vocabulary.tokens;
  std::vector<bool> stands_for_byte(tokens.size());
  if (vocabulary.scheme == Scheme::sentencepiece) {
    for (TokenId id = 0; id < tokens.size(); ++id) stands_for_byte[id] = byte_meant(vocabulary, id) >= 0;
  }
  for (const auto [left, right, result] : vocabulary.merges) {
    if (std::max({left, right, result}) >= tokens.size()) return "a merge of something that is no token";
    const std::string_view first = tokens[left];
    const std::string_view second = tokens[right];
    if (first.empty() || second.empty()) return "a merge of an empty token";
    const std::string_view both = tokens[result];
    if (both.size() != first.size() + second.size() || !both.starts_with(first) || !both.ends_with(second)) {
      return "a merge into another text";
    }
    if (stands_for_byte[left] || stands_for_byte[right] || stands_for_byte[result]) return "a merge of a byte token";
  }
  return std::nullopt;
}

Flaw flaw_in_added(const Vocabulary& vocabulary) {
  for (const AddedToken& token : vocabulary.added) {
    if (token.content.empty()) return "an added token without content";
    if (token.id > kMaxTokenId) return "an added token with a wrong id";
    if (token.normalized && vocabulary.scheme == Scheme::sentencepiece) {
      return "unsupported: an added token that is matched in the normalised text: " + token.content.substr(0, 200);
    }
  }
  for (const TokenId id : vocabulary.leading) {
    if (id > kMaxTokenId) return "a leading token with a wrong id";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> flaw_in(const Vocabulary& vocabulary) {
  const bool is_split = vocabulary.split == Split::qwen2 || vocabulary.split == Split::llama3;
  if (is_split != (vocabulary.scheme == Scheme::byte_level)) return "a split of another scheme";
  if (vocabulary.scheme == Scheme::sentencepiece && (vocabulary.nfc || vocabulary.ignore_merges)) {
    return "unsupported: NFC or ignore_merges together with byte_fallback";
  }
  Flaw flaw = flaw_in_tokens(vocabulary);
  if (!flaw) flaw = flaw_in_merges(vocabulary);
  if (!flaw) flaw = flaw_in_added(vocabulary);
  return flaw;
}

}  // namespace ktl::tokenizer
