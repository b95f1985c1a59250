// A sorted list of the tokens serves as their trie: the tokens that begin with what was read so far are neighbours.
#include "tokenizer/added_tokens.h"

#include <algorithm>

#include "tokenizer/words.h"
#include "unicode/classes.h"
#include "unicode/nfc.h"
#include "unicode/utf8.h"
#include "unicode/word.h"

namespace ktl::tokenizer {
namespace {

using unicode::CharClass;
using unicode::Decoded;

constexpr std::string_view kBlankMark = "\u2581";  // ▁

// What the vocabulary's normaliser makes of a token's content; the token is found in text that went through the same.
std::string normalized(const Vocabulary& vocabulary, std::string_view content) {
  std::string result;
  if (vocabulary.scheme == Scheme::sentencepiece) {
    result = kBlankMark;
    for (const char c : content) c == ' ' ? result.append(kBlankMark) : result.append(1, c);
    return result;
  }
  std::string storage;
  return std::string(vocabulary.nfc ? unicode::to_nfc(content, storage) : content);
}

Decoded first_of(std::string_view text) {
  return unicode::decode(text.data(), text.data() + text.size());
}

Decoded last_of(std::string_view text) {
  for (std::size_t size = std::min<std::size_t>(text.size(), 4); size > 1; --size) {
    const Decoded decoded = first_of(text.substr(text.size() - size));
    if (decoded.size == size) return decoded;
  }
  return first_of(text.substr(text.size() - 1));
}

bool is_blank(Decoded decoded) {
  return unicode::class_of(decoded.code_point) == CharClass::blank;
}

bool stands_alone(std::string_view before, std::string_view after) {
  return (before.empty() || !unicode::is_word_character(last_of(before).code_point)) &&
         (after.empty() || !unicode::is_word_character(first_of(after).code_point));
}

std::uint64_t head_of(std::string_view text, std::size_t size) {
  return Words::load(text.data(), size, text.data() + text.size()).low;
}

}  // namespace

AddedTokens::AddedTokens(const Vocabulary& vocabulary, Pass pass) {
  for (const AddedToken& token : vocabulary.added) {
    if (token.content.empty() || token.normalized != (pass == Pass::normalized)) continue;
    tokens_.push_back(token);
    if (token.normalized) tokens_.back().content = normalized(vocabulary, token.content);
  }
  std::ranges::stable_sort(tokens_, {}, &AddedToken::content);
  const auto same = [](const AddedToken& a, const AddedToken& b) { return a.content == b.content; };
  tokens_.erase(std::unique(tokens_.begin(), tokens_.end(), same), tokens_.end());
  for (const AddedToken& token : tokens_) begins_[static_cast<unsigned char>(token.content[0])] = true;
  if (std::ranges::count(begins_, true) == 1) only_first_byte_ = tokens_[0].content[0];
  head_size_ = 8;
  for (const AddedToken& token : tokens_) head_size_ = std::min(head_size_, token.content.size());
  for (const AddedToken& token : tokens_) heads_[head_slot(head_of(token.content, head_size_))] = true;
}

std::size_t AddedTokens::find_first_byte(std::string_view text, std::size_t from) const {
  if (only_first_byte_) return text.find(*only_first_byte_, from);
  const auto begins = [this](char c) { return begins_[static_cast<unsigned char>(c)]; };
  const auto found = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), begins);
  return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
}

const AddedToken* AddedTokens::longest_at(std::string_view rest) const {
  if (rest.size() < head_size_ || !heads_[head_slot(head_of(rest, head_size_))]) return nullptr;
  const AddedToken* longest = nullptr;
  const AddedToken* first = tokens_.data();  // [first, last): those that begin with the `read` bytes read so far
  const AddedToken* last = first + tokens_.size();
  for (std::size_t read = 0; first != last; ++read) {
    if (first->content.size() == read) longest = first++;  // it is the shortest of them, so it stands first
    if (last - first == 1) return rest.starts_with(first->content) ? first : longest;
    if (read == rest.size()) break;
    const auto next = static_cast<unsigned char>(rest[read]);
    const auto byte_of = [read](const AddedToken& token) { return static_cast<unsigned char>(token.content[read]); };
    first = std::partition_point(first, last, [&](const AddedToken& token) { return byte_of(token) < next; });
    last = std::partition_point(first, last, [&](const AddedToken& token) { return byte_of(token) == next; });
  }
  return longest;
}

std::optional<AddedTokens::Match> AddedTokens::find(std::string_view text, std::size_t from) const {
  if (empty()) return std::nullopt;
  while ((from = find_first_byte(text, from)) != std::string_view::npos) {
    const AddedToken* const token = longest_at(text.substr(from));
    if (token == nullptr) {
      ++from;
      continue;
    }
    const std::size_t end = from + token->content.size();
    if (!token->single_word || stands_alone(text.substr(0, from), text.substr(end))) return Match{from, end, token};
    from = end;
  }
  return std::nullopt;
}

AddedTokens::Extent AddedTokens::with_blanks(std::string_view text, const Match& match, std::size_t done) {
  Extent extent{match.begin, match.end};
  while (match.token->lstrip && extent.begin > done) {
    const Decoded before = last_of(text.substr(done, extent.begin - done));
    if (!is_blank(before)) break;
    extent.begin -= before.size;
  }
  while (match.token->rstrip && extent.end < text.size()) {
    const Decoded after = first_of(text.substr(extent.end));
    if (!is_blank(after)) break;
    extent.end += after.size;
  }
  return extent;
}

}  // namespace ktl::tokenizer
