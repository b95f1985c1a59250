#pragma once
// Reads a Hugging Face tokenizer.json of the Qwen kind: byte-level BPE behind the Qwen expression, NFC or nothing
// before it. Every other kind is refused in words: a tokenizer that is almost right is of no use as a witness.
#include <memory>
#include <string_view>

#include "base/result.h"
#include "standin/engine/vocabulary_tokenizer.h"

namespace ktl::standin {

// `json` is the whole file.
Result<std::unique_ptr<VocabularyTokenizer>> read_tokenizer(std::string_view json);

// The bytes that a token of a byte-level vocabulary stands for; false: it holds a character that stands for no byte.
bool bytes_of_token(std::string_view token, std::string& bytes);

}  // namespace ktl::standin
