#pragma once
// Tokens exactly as the Qwen2, Qwen2.5 and Qwen3 models count them, simple before fast. In this order:
//   1. the added tokens (<|im_start|>, <tool_call>, …) are cut out of the text: leftmost first, longest of those;
//   2. what lies between is brought into NFC, if the file asks for it,
//   3. cut into pieces (text_pieces.h),
//   4. and each piece's bytes are merged (byte_pairs.h).
// The classes are those of PCRE2 10.42 (Unicode 14) and the normal form that of utf8proc 2.8 (Unicode 15), while the
// models' own library has Unicode 16 and 9: some thousand characters of rare scripts, none of them in ordinary text,
// may be cut otherwise.
#include <array>
#include <memory>

#include "standin/engine/byte_pairs.h"
#include "standin/engine/text_pieces.h"
#include "standin/engine/tokenizer.h"

namespace ktl::standin {

struct AddedToken {
  std::string text;  // not empty
  TokenId id = 0;
  bool special = false;  // left out by decode()
};

class VocabularyTokenizer final : public Tokenizer {
 public:
  VocabularyTokenizer(BytePairs pairs, std::vector<AddedToken> added, bool compose);

  std::int64_t count(std::string_view text) override;
  void append(std::string_view text, std::vector<TokenId>& out) override;
  std::string decode(const std::vector<TokenId>& ids) const override;
  std::int64_t tokens_around_pair() const override { return 0; }

 private:
  // The tokens of pieces seen before. Forgets everything when it is full.
  static constexpr std::size_t kMostCached = 200'000;
  static constexpr std::size_t kLongestCached = 64;  // bytes
  using Cache = std::unordered_map<std::string, std::vector<TokenId>, BytePairs::Hash, std::equal_to<>>;

  const AddedToken* added_at(std::string_view rest) const;
  void append_text(std::string_view text, std::vector<TokenId>& out);
  void append_piece(std::string_view piece, std::vector<TokenId>& out);

  BytePairs pairs_;
  std::vector<AddedToken> added_;  // the longest first
  std::array<bool, 256> begins_added_{};
  bool compose_;
  TextPieces pieces_;
  Cache cache_;
  std::unordered_map<TokenId, std::string> texts_;  // for decode(): special tokens are empty
  std::vector<TokenId> counted_;                    // scratch of count()
};

}  // namespace ktl::standin
