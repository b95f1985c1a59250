#pragma once
// Turns text into the model's tokens, id for id as Hugging Face's `tokenizers` (Rust) 0.23 does without adding special
// tokens. Added tokens that stand in the text are matched, as the servers match them.
//
// Immutable and thread-safe: one encoder is shared by all threads. Linear, or n log n, on every input. Input is
// well-formed UTF-8; anything else is encoded somehow, without undefined behaviour. count() does not allocate per token.
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/built_tables.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual std::int64_t count(std::string_view text) const = 0;
  virtual void encode(std::string_view text, std::vector<TokenId>& ids) const = 0;  // appends

  // What the tokenizer puts before a text of /v1/completions (BOS); chat templates print their own.
  virtual std::span<const TokenId> leading() const = 0;
  virtual std::string_view bytes_of(TokenId id) const = 0;  // of a token; empty if there is none. Valid as the encoder

  // What was dear to build, for the compact file; empty if there is nothing.
  virtual BuiltTables tables() const { return {}; }

  // Drops what it remembers of texts seen, which never changes an answer. For measurements.
  virtual void forget() {}
};

}  // namespace ktl::tokenizer
