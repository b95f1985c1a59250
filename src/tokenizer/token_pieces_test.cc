#include "tokenizer/token_pieces.h"

#include <gtest/gtest.h>

#include "tokenizer/make_encoder.h"
#include "tokenizer/random_vocabulary.h"

namespace ktl::tokenizer {
namespace {

std::string joined(const std::vector<TokenPiece>& pieces) {
  std::string text;
  for (const TokenPiece& piece : pieces) text += piece.bytes;
  return text;
}

TEST(TokenPieces, SpellOutTheText) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    auto vocabulary = random_vocabulary(rng);
    if (vocabulary.scheme != Scheme::byte_level) continue;
    vocabulary.nfc = false;
    const std::shared_ptr<const Encoder> encoder =
        make_encoder(std::make_shared<const Vocabulary>(std::move(vocabulary)));
    const TokenPieces pieces(encoder, Scheme::byte_level);
    const std::string text = random_text(rng, 100);
    EXPECT_EQ(joined(pieces.of(text, 100'000)), text);
    EXPECT_EQ(static_cast<std::int64_t>(pieces.of(text, 100'000).size()), encoder->count(text));
    EXPECT_LE(pieces.of(text, 3).size(), 3u);
  }
}

// An encoder that says always the same.
class Fixed final : public Encoder {
 public:
  explicit Fixed(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}
  std::int64_t count(std::string_view) const override { return static_cast<std::int64_t>(tokens_.size()); }
  void encode(std::string_view, std::vector<TokenId>& ids) const override {
    for (TokenId id = 0; id < tokens_.size(); ++id) ids.push_back(id);
  }
  std::span<const TokenId> leading() const override { return {}; }
  std::string_view bytes_of(TokenId id) const override { return tokens_[id]; }

 private:
  std::vector<std::string> tokens_;
};

TEST(TokenPieces, SentencepieceBlanksAndByteTokensBecomeWhatTheyStandFor) {
  const auto encoder = std::make_shared<Fixed>(std::vector<std::string>{"▁안녕▁", "<0xEB>", "<0xB7>", "<0x81>"});
  EXPECT_EQ(joined(TokenPieces(encoder, Scheme::sentencepiece).of("", 10)), " 안녕 뷁");
  EXPECT_EQ(joined(TokenPieces(encoder, Scheme::byte_level).of("", 1)), "▁안녕▁");
}

}  // namespace
}  // namespace ktl::tokenizer
