#include "tokenizer/reference_encoder.h"

#include <utility>

#include "tokenizer/byte_tokens.h"
#include "unicode/classes.h"
#include "unicode/nfc.h"
#include "unicode/utf8.h"
#include "unicode/word.h"

namespace ktl::tokenizer {
namespace {

constexpr std::string_view kBlankMark = "\u2581";  // ▁

// The characters of a text, as bytes.
std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  while (!text.empty()) {
    const unicode::Decoded decoded = unicode::decode(text.data(), text.data() + text.size());
    characters.push_back(text.substr(0, decoded.size));
    text.remove_prefix(decoded.size);
  }
  return characters;
}

char32_t code_point_of(std::string_view character) {
  return unicode::decode(character.data(), character.data() + character.size()).code_point;
}

bool is_blank(std::string_view character) {
  return unicode::class_of(code_point_of(character)) == unicode::CharClass::blank;
}

bool touches_word(std::string_view before, std::string_view after) {
  const auto left = characters_of(before);
  const auto right = characters_of(after);
  return (!left.empty() && unicode::is_word_character(code_point_of(left.back()))) ||
         (!right.empty() && unicode::is_word_character(code_point_of(right.front())));
}

// The token of `added` that begins at the beginning of `text`, the longest; nullptr if none. Its content in the
// normalised text is given by `spell`.
template <class Spell>
const AddedToken* longest_at(const std::vector<AddedToken>& added, bool normalized, Spell spell,
                             std::string_view text) {
  const AddedToken* longest = nullptr;
  for (const AddedToken& token : added) {
    if (token.normalized != normalized || token.content.empty() || !text.starts_with(spell(token))) continue;
    if (longest == nullptr || spell(token).size() > spell(*longest).size()) longest = &token;
  }
  return longest;
}

// Cuts `text` at the added tokens of one pass.
template <class Spell, class OnText>
void split_added(const std::vector<AddedToken>& added, bool normalized, Spell spell, std::string_view text,
                 OnText on_text, std::vector<TokenId>& ids) {
  std::size_t done = 0;
  for (std::size_t at = 0; at < text.size();) {
    const AddedToken* const token = longest_at(added, normalized, spell, text.substr(at));
    if (token == nullptr) {
      ++at;
      continue;
    }
    std::size_t begin = at;
    std::size_t end = at + spell(*token).size();
    at = end;
    if (token->single_word && touches_word(text.substr(0, begin), text.substr(end))) continue;
    if (token->lstrip) {
      const auto before = characters_of(text.substr(0, begin));
      for (auto last = before.rbegin(); last != before.rend() && is_blank(*last) && begin > done; ++last) {
        begin -= last->size();
      }
    }
    if (token->rstrip) {
      for (const std::string_view next : characters_of(text.substr(end))) {
        if (!is_blank(next)) break;
        end += next.size();
      }
    }
    if (done < begin) on_text(text.substr(done, begin - done));
    ids.push_back(token->id);
    done = end;
  }
  if (done < text.size()) on_text(text.substr(done));
}

}  // namespace

ReferenceEncoder::ReferenceEncoder(std::shared_ptr<const Vocabulary> vocabulary) : vocabulary_(std::move(vocabulary)) {
  const Vocabulary& v = *vocabulary_;
  for (TokenId id = 0; id < v.tokens.size(); ++id) {
    if (!v.tokens[id].empty()) ids_.emplace(v.tokens[id], id);
  }
  for (std::size_t rank = 0; rank < v.merges.size(); ++rank) {
    const Merge& merge = v.merges[rank];
    merges_.insert_or_assign(std::uint64_t{merge.left} << 32 | merge.right, RankedMerge{rank, merge.result});
  }
}

std::int64_t ReferenceEncoder::count(std::string_view text) const {
  std::vector<TokenId> ids;
  encode(text, ids);
  return static_cast<std::int64_t>(ids.size());
}

std::string_view ReferenceEncoder::bytes_of(TokenId id) const {
  return id < vocabulary_->tokens.size() ? vocabulary_->tokens[id] : std::string_view();
}

void ReferenceEncoder::encode(std::string_view text, std::vector<TokenId>& ids) const {
  const auto spell = [](const AddedToken& token) { return token.content; };
  const auto on_text = [&](std::string_view part) { encode_raw(part, ids); };
  split_added(vocabulary_->added, false, spell, text, on_text, ids);
}

void ReferenceEncoder::encode_raw(std::string_view text, std::vector<TokenId>& ids) const {
  const auto spell = [this](const AddedToken& token) { return normalized(token.content); };
  const auto on_text = [&](std::string_view part) { encode_normalized(part, ids); };
  split_added(vocabulary_->added, true, spell, normalized(text), on_text, ids);
}

std::string ReferenceEncoder::normalized(std::string_view text) const {
  std::string result;
  if (vocabulary_->scheme == Scheme::byte_level) {
    return std::string(vocabulary_->nfc ? unicode::to_nfc(text, result) : text);
  }
  result = kBlankMark;
  for (const char c : text) result += c == ' ' ? std::string(kBlankMark) : std::string(1, c);
  return result;
}

void ReferenceEncoder::encode_normalized(std::string_view text, std::vector<TokenId>& ids) const {
  if (vocabulary_->split == Split::none) return encode_piece(text, ids);
  while (!text.empty()) {
    const std::size_t size = reference_piece_size(vocabulary_->split, text);
    encode_piece(text.substr(0, size), ids);
    text.remove_prefix(size);
  }
}

void ReferenceEncoder::encode_piece(std::string_view piece, std::vector<TokenId>& ids) const {
  if (vocabulary_->ignore_merges) {
    if (const auto whole = ids_.find(std::string(piece)); whole != ids_.end()) return ids.push_back(whole->second);
  }
  std::vector<TokenId> symbols;
  if (vocabulary_->scheme == Scheme::byte_level) {
    for (const char byte : piece) {
      if (const auto found = ids_.find(std::string(1, byte)); found != ids_.end()) symbols.push_back(found->second);
    }
  } else {
    for (const std::string_view character : characters_of(piece)) append_character(character, symbols);
  }
  merge(symbols);
  ids.insert(ids.end(), symbols.begin(), symbols.end());
}

// A character's token, or those of its bytes.
void ReferenceEncoder::append_character(std::string_view character, std::vector<TokenId>& ids) const {
  if (const auto whole = ids_.find(std::string(character)); whole != ids_.end()) return ids.push_back(whole->second);
  for (const char byte : character) {
    const auto found = ids_.find(std::string(ByteTokenName(static_cast<std::uint8_t>(byte)).view()));
    if (found != ids_.end()) {
      ids.push_back(found->second);
    } else if (vocabulary_->unknown) {
      ids.push_back(*vocabulary_->unknown);
    }
  }
}

// The pair of the lowest rank, the leftmost of its occurrences, again and again.
void ReferenceEncoder::merge(std::vector<TokenId>& ids) const {
  while (true) {
    const RankedMerge* best = nullptr;
    std::size_t where = 0;
    for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto found = merges_.find(std::uint64_t{ids[i]} << 32 | ids[i + 1]);
      if (found == merges_.end() || (best != nullptr && found->second.rank >= best->rank)) continue;
      best = &found->second;
      where = i;
    }
    if (best == nullptr) return;
    ids[where] = best->result;
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
}

}  // namespace ktl::tokenizer
