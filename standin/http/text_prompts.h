#pragma once
// Prompts that are text or token ids, in any of their four forms: "a", ["a", "b"], [1, 2], [[1], [2, 3]]. Text is
// cut by the plain tokenizer, which adds nothing; ids are taken as they are.
#include "standin/engine/tokenizer.h"
#include "standin/http/json.h"

namespace ktl::standin {

struct TextPrompt {
  std::vector<TokenId> tokens;
  std::string text;  // empty for ids
};

// Empty if `value` has none of these forms.
std::vector<TextPrompt> read_text_prompts(Tokenizer& tokenizer, Json value);

// The tokens of all of them together.
std::int64_t count_text_prompts(Tokenizer& tokenizer, Json value);

}  // namespace ktl::standin
