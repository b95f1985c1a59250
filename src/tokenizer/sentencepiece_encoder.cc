#include "tokenizer/sentencepiece_encoder.h"

#include <string>
#include <unordered_map>
#include <utility>

#include "tokenizer/byte_tokens.h"
#include "unicode/utf8.h"

namespace ktl::tokenizer {
namespace {

constexpr std::string_view kBlankMark = "\u2581";  // ▁

std::string with_blanks(std::string_view text) {
  std::string spelled;
  spelled.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t mark = std::min(text.find(kBlankMark, at), text.size());
    spelled.append(text.substr(at, mark - at));
    if (mark != text.size()) spelled.push_back(' ');
    at = mark == text.size() ? mark : mark + kBlankMark.size();
  }
  return spelled;
}

std::vector<TokenId> byte_tokens_of(const Vocabulary& vocabulary) {
  std::vector<TokenId> ids(256);
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    if (const int byte = byte_of_token_name(vocabulary.tokens[id]); byte >= 0) ids[static_cast<std::size_t>(byte)] = id;
  }
  return ids;
}

// A letter is a character that is a token, or each byte of one that is not.
MergeForest::LettersOf characters_as_letters(const Vocabulary& vocabulary) {
  std::unordered_map<std::string_view, TokenId> characters;
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view text = vocabulary.tokens[id];
    if (!text.empty() && text.size() <= 4 &&
        unicode::decode(text.data(), text.data() + text.size()).size == text.size()) {
      characters.emplace(text, id);
    }
  }
  // Texts have the plain blank.
  if (const auto blank = characters.find(kBlankMark); blank != characters.end()) {
    characters.insert_or_assign(" ", blank->second);
  }
  return [characters = std::move(characters), bytes = byte_tokens_of(vocabulary)](std::string_view text,
                                                                                  std::vector<TokenId>& letters) {
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = unicode::decode(text.data() + at, text.data() + text.size()).size;
      const auto found = characters.find(text.substr(at, size));
      if (found != characters.end()) {
        letters.push_back(found->second);
      } else {
        for (const char c : text.substr(at, size)) letters.push_back(bytes[static_cast<unsigned char>(c)]);
      }
      at += size;
    }
  };
}

TokenIndex index_of_whole(const Vocabulary& vocabulary, const MergeForest& forest, BuiltTables& given) {
  TokenIndex index(forest.whole_tokens());
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view text = vocabulary.tokens[id];
    if (text.empty() || !forest.is_whole(id) || text.find(' ') != std::string_view::npos) continue;
    if (text.find(kBlankMark) == std::string_view::npos) {
      index.add({text, id});
    } else {
      index.add({with_blanks(text), id});
    }
  }
  index.finish(given);
  return index;
}

}  // namespace

SentencePieceEncoder::SentencePieceEncoder(std::shared_ptr<const Vocabulary> vocabulary, const EncoderMemory& memory,
                                           BuiltTables given)
    : vocabulary_(std::move(vocabulary)),
      added_(*vocabulary_, AddedTokens::Pass::raw),
      forest_(*vocabulary_, characters_as_letters(*vocabulary_), given),
      index_(index_of_whole(*vocabulary_, forest_, given)),
      borders_(*vocabulary_, index_),
      matching_(forest_, index_, *vocabulary_, byte_tokens_of(*vocabulary_), memory.compatible_pairs),
      pieces_(memory.piece_cache_bytes) {}

// Runs of loners, and the pieces between them. on_piece() gets the end of the text, too, and says where it got to.
template <class OnLoners, class OnPiece>
void SentencePieceEncoder::cut(std::string_view text, const char* readable_end, OnLoners on_loners,
                               OnPiece on_piece) const {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    const Borders::Run loners = borders_.loners(at, end);
    if (loners.end != at) on_loners(Place{at, loners.end, readable_end}, loners.tokens);
    if (loners.end == end) return;
    at = on_piece(Place{loners.end, borders_.next(loners.end, end), readable_end}, end);
  }
}

template <class OnLoners, class OnPiece>
void SentencePieceEncoder::cut_between(std::string_view text, OnLoners on_loners, OnPiece on_piece) const {
  if (text.empty()) return;
  const char* const end = text.data() + text.size();
  if (text.find(kBlankMark) != std::string_view::npos) {
    const std::string changed = " " + with_blanks(text);
    cut(changed, changed.data() + changed.size(), on_loners, on_piece);
    return;
  }
  // Only the first piece gets a blank in front, so only it is copied.
  const auto first = static_cast<std::size_t>(borders_.next(text.data(), end) - text.data());
  const std::string changed = std::string(1, ' ').append(text.substr(0, first));
  cut(changed, changed.data() + changed.size(), on_loners, on_piece);
  cut(text.substr(first), end, on_loners, on_piece);
}

// Counts a piece of 2 to PieceKey::kLargest bytes, and perhaps what follows it; tells where it got to.
const char* SentencePieceEncoder::count_unknown(Place piece, PieceKey key, const char* end, ShortText& short_text,
                                                std::size_t& tokens) const {
  const std::size_t count = matching_.count(piece, index_.longest(piece));
  pieces_.store(key, static_cast<std::uint32_t>(count));
  tokens += count;
  if (!short_text.note(piece.at, piece.end, count)) return piece.end;
  const auto window_at = [&](const char* at) {
    return ShortText::Window{.size = static_cast<std::size_t>(borders_.last(at, at + ShortText::kWindow - 1) - at)};
  };
  return short_text.count(piece.end, end, forest_, window_at, tokens);
}

std::int64_t SentencePieceEncoder::count(std::string_view text) const {
  std::size_t tokens = 0;
  ShortText short_text;
  const auto on_loners = [&](const Place&, std::size_t loners) { tokens += loners; };
  const auto on_piece = [&](const Place& piece, const char* end) {
    const auto size = static_cast<std::size_t>(piece.end - piece.at);
    if (size == 1) {
      ++tokens;
    } else if (size > PieceKey::kLargest) {
      tokens += matching_.count(piece, index_.longest(piece));
    } else {
      const PieceKey key(piece.at, size, piece.readable_end);
      const std::uint32_t known = pieces_.find(key);
      if (known == 0) return count_unknown(piece, key, end, short_text, tokens);
      tokens += known;
    }
    return piece.end;
  };
  added_.split(
      text, [&](std::string_view between) { cut_between(between, on_loners, on_piece); }, [&](TokenId) { ++tokens; });
  return static_cast<std::int64_t>(tokens);
}

void SentencePieceEncoder::encode(std::string_view text, std::vector<TokenId>& ids) const {
  const auto encode_piece = [&](const Place& piece, auto&&...) {
    matching_.encode(piece, index_.longest(piece), ids);
    return piece.end;
  };
  added_.split(
      text, [&](std::string_view between) { cut_between(between, encode_piece, encode_piece); },
      [&](TokenId id) { ids.push_back(id); });
}

std::string_view SentencePieceEncoder::bytes_of(TokenId id) const {
  for (const AddedToken& token : vocabulary_->added) {
    if (token.id == id) return token.content;
  }
  return id < vocabulary_->tokens.size() ? vocabulary_->tokens[id] : std::string_view();
}

BuiltTables SentencePieceEncoder::tables() const {
  BuiltTables tables;
  forest_.write(tables);
  index_.write(tables);
  return tables;
}

void SentencePieceEncoder::forget() {
  matching_.forget();
  pieces_.clear();
}

}  // namespace ktl::tokenizer
