#pragma once
// The slow, obviously right encoder: every rule spelled out as its publisher states it, nothing clever. The fast ones
// are compared with it, in tests and fuzzing; it shares no code with them but the Unicode tables.
//
// Immutable and thread-safe. Quadratic.
#include <memory>
#include <string>
#include <unordered_map>

#include "tokenizer/encoder.h"

namespace ktl::tokenizer {

// Where the first piece of `text` ends, by the regular expression that pre_tokenizer.h quotes, alternative by
// alternative. Requires text not to be empty, and a split other than none.
std::size_t reference_piece_size(Split split, std::string_view text);

class ReferenceEncoder final : public Encoder {
 public:
  explicit ReferenceEncoder(std::shared_ptr<const Vocabulary> vocabulary);

  std::int64_t count(std::string_view text) const override;
  void encode(std::string_view text, std::vector<TokenId>& ids) const override;
  std::span<const TokenId> leading() const override { return vocabulary_->leading; }
  std::string_view bytes_of(TokenId id) const override;
  void forget() override {}

 private:
  struct RankedMerge {
    std::size_t rank;
    TokenId result;
  };

  void encode_raw(std::string_view text, std::vector<TokenId>& ids) const;         // between raw added tokens
  void encode_normalized(std::string_view text, std::vector<TokenId>& ids) const;  // between all added tokens
  void encode_piece(std::string_view piece, std::vector<TokenId>& ids) const;
  void append_character(std::string_view character, std::vector<TokenId>& ids) const;
  void merge(std::vector<TokenId>& ids) const;
  std::string normalized(std::string_view text) const;

  std::shared_ptr<const Vocabulary> vocabulary_;
  std::unordered_map<std::string, TokenId> ids_;
  std::unordered_map<std::uint64_t, RankedMerge> merges_;  // by left << 32 | right
};

}  // namespace ktl::tokenizer
