#pragma once
// A text as the tokens that it is made of, for people to look at: each token with the bytes that it stands for. Put
// together they are the text, as the tokenizer has normalised it.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/encoder.h"

namespace ktl::tokenizer {

struct TokenPiece {
  TokenId id = 0;
  std::string bytes;  // may be only a part of a character
};

// Immutable and thread-safe.
class TokenPieces {
 public:
  TokenPieces(std::shared_ptr<const Encoder> encoder, Scheme scheme) : encoder_(std::move(encoder)), scheme_(scheme) {}

  // The first `most` tokens of `text`, which is well-formed UTF-8.
  std::vector<TokenPiece> of(std::string_view text, std::size_t most) const;

 private:
  std::shared_ptr<const Encoder> encoder_;
  Scheme scheme_;
};

}  // namespace ktl::tokenizer
