#include "tokenizer/byte_level_encoder.h"

#include <array>
#include <utility>

#include "tokenizer/pre_tokenizer.h"
#include "unicode/nfc.h"

namespace ktl::tokenizer {
namespace {

MergeForest::LettersOf bytes_as_letters(const Vocabulary& vocabulary) {
  std::array<TokenId, 256> byte_ids{};
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view bytes = vocabulary.tokens[id];
    if (bytes.size() == 1) byte_ids[static_cast<unsigned char>(bytes[0])] = id;
  }
  return [byte_ids](std::string_view text, std::vector<TokenId>& letters) {
    for (const char c : text) letters.push_back(byte_ids[static_cast<unsigned char>(c)]);
  };
}

TokenIndex index_of(const Vocabulary& vocabulary, const MergeForest& forest, bool whole, BuiltTables& given) {
  TokenIndex index(whole ? forest.whole_tokens() : vocabulary.tokens.size() - forest.whole_tokens());
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view bytes = vocabulary.tokens[id];
    if (!bytes.empty() && forest.is_whole(id) == whole) index.add({bytes, id});
  }
  index.finish(given);
  return index;
}

}  // namespace

ByteLevelEncoder::ByteLevelEncoder(std::shared_ptr<const Vocabulary> vocabulary, const EncoderMemory& memory,
                                   BuiltTables given)
    : vocabulary_(std::move(vocabulary)),
      raw_added_(*vocabulary_, AddedTokens::Pass::raw),
      normalized_added_(*vocabulary_, AddedTokens::Pass::normalized),
      forest_(*vocabulary_, bytes_as_letters(*vocabulary_), given),
      whole_(index_of(*vocabulary_, forest_, true, given)),
      borders_(
          *vocabulary_, [this](std::string_view text) { return forest_.tokens_of(text); }, given),
      matching_(forest_, whole_, *vocabulary_, {}, memory.compatible_pairs),
      pieces_(memory.piece_cache_bytes) {
  if (vocabulary_->ignore_merges && forest_.whole_tokens() != vocabulary_->tokens.size()) {
    BuiltTables none;
    unmerged_ = index_of(*vocabulary_, forest_, false, none);
  }
}

// on_piece() also gets what tells where a piece ends, and says where it got to.
template <Split kSplit, class OnPiece, class OnToken>
void ByteLevelEncoder::cut_as(std::string_view text, OnPiece on_piece, OnToken on_token) const {
  const auto cut_plain = [&](std::string_view plain) {
    const char* at = plain.data();
    const char* const end = at + plain.size();
    while (at != end) at = on_piece(Place{at, piece_end<kSplit>(at, end), end}, piece_end<kSplit>);
  };
  std::string storage;
  const auto cut_raw = [&](std::string_view raw) {
    normalized_added_.split(vocabulary_->nfc ? unicode::to_nfc(raw, storage) : raw, cut_plain, on_token);
  };
  raw_added_.split(text, cut_raw, on_token);
}

template <class OnPiece, class OnToken>
void ByteLevelEncoder::cut(std::string_view text, OnPiece on_piece, OnToken on_token) const {
  if (vocabulary_->split == Split::llama3) {
    cut_as<Split::llama3>(text, on_piece, on_token);
  } else {
    cut_as<Split::qwen2>(text, on_piece, on_token);
  }
}

std::size_t ByteLevelEncoder::count_part(const Place& part) const {
  const Match first = whole_.longest(part);
  return first.length == static_cast<std::size_t>(part.end - part.at) ? 1 : matching_.count(part, first);
}

// Short pieces that do not begin with a character of three bytes have hardly a border, so none is looked for.
std::size_t ByteLevelEncoder::count_merged(const Place& piece) const {
  if (unmerged(piece).length != 0) return 1;
  const bool is_short = static_cast<std::size_t>(piece.end - piece.at) <= PieceKey::kLargest;
  if (is_short && !borders_.begins_with_character(piece.at, piece.end)) return count_part(piece);
  std::size_t tokens = 0;
  borders_.cut(piece.at, piece.end, [&](const char* begin, const char* end, std::uint32_t alone) {
    tokens += alone != 0 ? alone : count_part({begin, end, piece.readable_end});
  });
  return tokens;
}

void ByteLevelEncoder::encode_piece(const Place& piece, std::vector<TokenId>& ids) const {
  if (const Match match = unmerged(piece); match.length != 0) {
    ids.push_back(match.id);
    return;
  }
  borders_.cut(piece.at, piece.end, [&](const char* begin, const char* end, std::uint32_t) {
    const Place part{begin, end, piece.readable_end};
    matching_.encode(part, whole_.longest(part), ids);
  });
}

// Counts a piece of 2 to PieceKey::kLargest bytes, and perhaps what follows it; tells where it got to.
const char* ByteLevelEncoder::count_unknown(Place piece, PieceKey key, PieceEnd piece_end, ShortText& short_text,
                                            std::size_t& tokens) const {
  const std::size_t count = count_merged(piece);
  pieces_.store(key, static_cast<std::uint32_t>(count));
  tokens += count;
  if (!short_text.note(piece.at, piece.end, count)) return piece.end;
  const auto window_at = [&](const char* at) {  // as many pieces as there is room for, and merging makes
    ShortText::Window window;
    while (window.size < ShortText::kWindow) {
      const char* const begin = at + window.size;
      const char* const end = piece_end(begin, piece.readable_end);
      const auto size = static_cast<std::size_t>(end - at);
      if (size > ShortText::kWindow || unmerged(Place{begin, end, piece.readable_end}).length != 0) break;
      window.walls |= std::uint64_t{1} << window.size;
      window.size = size;
    }
    return window;
  };
  return short_text.count(piece.end, piece.readable_end, forest_, window_at, tokens);
}

std::int64_t ByteLevelEncoder::count(std::string_view text) const {
  std::size_t tokens = 0;
  ShortText short_text;
  // Inline, for it is all that a piece costs which was seen before.
  const auto on_piece = [&](const Place& piece, PieceEnd piece_end) __attribute__((always_inline)) {
    const char* const end = piece.end;
    const auto size = static_cast<std::size_t>(end - piece.at);
    if (size == 1) {
      ++tokens;
    } else if (size > PieceKey::kLargest) {
      tokens += count_merged(piece);
    } else {
      const PieceKey key(piece.at, size, piece.readable_end);
      const std::uint32_t known = pieces_.find(key);
      if (known == 0) return count_unknown(piece, key, piece_end, short_text, tokens);
      tokens += known;
    }
    return end;
  };
  cut(text, on_piece, [&](TokenId) { ++tokens; });
  return static_cast<std::int64_t>(tokens);
}

void ByteLevelEncoder::encode(std::string_view text, std::vector<TokenId>& ids) const {
  const auto on_piece = [&](const Place& piece, PieceEnd) {
    encode_piece(piece, ids);
    return piece.end;
  };
  cut(text, on_piece, [&](TokenId id) { ids.push_back(id); });
}

std::string_view ByteLevelEncoder::bytes_of(TokenId id) const {
  for (const AddedToken& token : vocabulary_->added) {
    if (token.id == id) return token.content;
  }
  return id < vocabulary_->tokens.size() ? vocabulary_->tokens[id] : std::string_view();
}

BuiltTables ByteLevelEncoder::tables() const {
  BuiltTables tables;
  forest_.write(tables);
  whole_.write(tables);
  borders_.write(tables);
  return tables;
}

void ByteLevelEncoder::forget() {
  matching_.forget();
  pieces_.clear();
}

}  // namespace ktl::tokenizer
