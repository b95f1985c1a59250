#pragma once
// How this engine cuts text into tokens. Two ways: by weight (weight_tokenizer.h), an approximation that needs nothing,
// and by a model's own vocabulary (vocabulary_tokenizer.h), exactly. A tokenizer remembers what it has seen, so it
// belongs to one thread. None of its functions fails on malformed UTF-8.
#include <string>
#include <string_view>
#include <vector>

#include "standin/engine/tokens.h"

namespace ktl::standin {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // The tokens of `text`, the marks of the chat template that stand in it included. Adds none of its own.
  virtual std::int64_t count(std::string_view text) = 0;
  // Appends exactly count(text) ids.
  virtual void append(std::string_view text, std::vector<TokenId>& out) = 0;
  // The text of `ids` without special tokens. An id it does not know becomes U+FFFD.
  virtual std::string decode(const std::vector<TokenId>& ids) const = 0;
  // Tokens that a reranker puts around a query and its document.
  virtual std::int64_t tokens_around_pair() const = 0;

  std::vector<TokenId> encode(std::string_view text) {
    std::vector<TokenId> ids;
    append(text, ids);
    return ids;
  }
};

}  // namespace ktl::standin
