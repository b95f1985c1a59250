#pragma once
// Byte-level BPE as Qwen2, Qwen2.5, Qwen3 and Llama-3 use it: added tokens are taken out, the text between them is
// brought to NFC if the vocabulary asks for it, cut into pieces (pre_tokenizer.h), and each piece is encoded on its
// own.
#include <memory>
#include <optional>

#include "tokenizer/added_tokens.h"
#include "tokenizer/character_borders.h"
#include "tokenizer/encoder.h"
#include "tokenizer/make_encoder.h"
#include "tokenizer/matching.h"
#include "tokenizer/merge_forest.h"
#include "tokenizer/piece_cache.h"
#include "tokenizer/short_text.h"
#include "tokenizer/token_index.h"

namespace ktl::tokenizer {

class ByteLevelEncoder final : public Encoder {
 public:
  ByteLevelEncoder(std::shared_ptr<const Vocabulary> vocabulary, const EncoderMemory& memory, BuiltTables given);

  std::int64_t count(std::string_view text) const override;
  void encode(std::string_view text, std::vector<TokenId>& ids) const override;
  std::span<const TokenId> leading() const override { return vocabulary_->leading; }
  std::string_view bytes_of(TokenId id) const override;
  BuiltTables tables() const override;
  void forget() override;

 private:
  using PieceEnd = const char* (*)(const char* begin, const char* end);
  template <class OnPiece, class OnToken>
  void cut(std::string_view text, OnPiece on_piece, OnToken on_token) const;
  template <Split kSplit, class OnPiece, class OnToken>
  void cut_as(std::string_view text, OnPiece on_piece, OnToken on_token) const;
  const char* count_unknown(Place piece, PieceKey key, PieceEnd piece_end, ShortText& short_text,
                            std::size_t& tokens) const;
  std::size_t count_part(const Place& part) const;
  std::size_t count_merged(const Place& piece) const;
  void encode_piece(const Place& piece, std::vector<TokenId>& ids) const;
  Match unmerged(const Place& piece) const { return unmerged_ ? unmerged_->exact(piece) : Match{}; }

  std::shared_ptr<const Vocabulary> vocabulary_;
  AddedTokens raw_added_;
  AddedTokens normalized_added_;
  MergeForest forest_;
  TokenIndex whole_;                    // tokens that merging makes
  std::optional<TokenIndex> unmerged_;  // tokens that it does not make, taken when a piece is just that (ignore_merges)
  CharacterBorders borders_;
  Matching matching_;
  mutable PieceCache pieces_;
};

}  // namespace ktl::tokenizer
