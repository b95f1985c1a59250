#pragma once
// Reads a Hugging Face tokenizer.json into a Vocabulary.
//
// Supported are the byte-level BPE tokenizers of Qwen2, Qwen2.5, Qwen3, Llama-3 and Llama-3.1, and the BPE tokenizers
// with byte fallback in SentencePiece's manner (SOLAR, Mistral, Llama-2). Whatever would lead to other ids than the
// publisher's is refused, and the error names it: another model (Unigram, WordPiece), normaliser, pre-tokenizer or
// post-processor.
//
// The file may be hostile: any bytes give a Vocabulary that the encoders accept, or an error, in time and memory
// proportional to their number. Truncation and padding in the file are not part of a tokenizer and are passed over.
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

inline constexpr std::size_t kMaxTokenizerFileBytes = 256u << 20;

tl::expected<Vocabulary, std::string> read_hugging_face(std::string_view json);

}  // namespace ktl::tokenizer
