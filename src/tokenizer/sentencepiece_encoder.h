#pragma once
// BPE with byte fallback in SentencePiece's manner, as SOLAR, Mistral and Llama-2 use it: added tokens are taken out, a
// blank is put before each text between them, and blanks are spelled "▁". Inside, tables and text keep the plain blank
// for it. A character without a token becomes its bytes.
//
// The text is cut where nothing is joined (borders.h), and what stands between is encoded on its own.
#include <memory>

#include "tokenizer/added_tokens.h"
#include "tokenizer/borders.h"
#include "tokenizer/encoder.h"
#include "tokenizer/make_encoder.h"
#include "tokenizer/matching.h"
#include "tokenizer/merge_forest.h"
#include "tokenizer/piece_cache.h"
#include "tokenizer/short_text.h"
#include "tokenizer/token_index.h"

namespace ktl::tokenizer {

class SentencePieceEncoder final : public Encoder {
 public:
  SentencePieceEncoder(std::shared_ptr<const Vocabulary> vocabulary, const EncoderMemory& memory, BuiltTables given);

  std::int64_t count(std::string_view text) const override;
  void encode(std::string_view text, std::vector<TokenId>& ids) const override;
  std::span<const TokenId> leading() const override { return vocabulary_->leading; }
  std::string_view bytes_of(TokenId id) const override;
  BuiltTables tables() const override;
  void forget() override;

 private:
  template <class OnLoners, class OnPiece>
  void cut_between(std::string_view text, OnLoners on_loners, OnPiece on_piece) const;
  template <class OnLoners, class OnPiece>
  void cut(std::string_view text, const char* readable_end, OnLoners on_loners, OnPiece on_piece) const;
  const char* count_unknown(Place piece, PieceKey key, const char* end, ShortText& short_text,
                            std::size_t& tokens) const;

  std::shared_ptr<const Vocabulary> vocabulary_;
  AddedTokens added_;
  MergeForest forest_;
  TokenIndex index_;
  Borders borders_;
  Matching matching_;
  mutable PieceCache pieces_;
};

}  // namespace ktl::tokenizer
