#pragma once
// Makes the encoder that a vocabulary asks for, and its tables: some ten milliseconds and megabytes, less if they are
// given.
#include <cstddef>
#include <memory>

#include "tokenizer/encoder.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

// What an encoder may remember of the texts it has seen. Powers of two.
struct EncoderMemory {
  std::size_t piece_cache_bytes = std::size_t{1} << 20;
  std::size_t compatible_pairs = std::size_t{1} << 15;  // 8 bytes each
};

// `vocabulary` is as read_hugging_face or read_compact gave it, perhaps with other added tokens; `tables` are those that
// stood beside it in the compact file.
std::unique_ptr<Encoder> make_encoder(std::shared_ptr<const Vocabulary> vocabulary, const EncoderMemory& memory = {},
                                      BuiltTables tables = {});

}  // namespace ktl::tokenizer
