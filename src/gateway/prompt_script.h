#pragma once
// What a prompt is written in, and what its Korean costs: figures of the requests that were answered, for the page of
// Korean tokens. Two numbers a sort of character and two of Korean; nothing of the text is kept.
#include <cstdint>

#include "gateway/catalogue.h"
#include "protocol/request_view.h"
#include "tokenizer/composition.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::gateway {

struct PromptScript {
  tokenizer::EstimateClasses characters;
  // Tokens of the texts alone, without what the chat template adds. Only of a Korean prompt (at least as many Hangul
  // syllables as Latin letters) that was counted exactly and has neither tools nor media; else 0.
  std::int64_t korean_tokens = 0;
};

// Linear in the texts, 16 bytes at a time. Any thread.
PromptScript script_of(const protocol::RequestView& view, const Model& model, const tokenizer::Count& count);

// Adds it to the model's figures.
void note(const PromptScript& script, ModelMetrics& metrics);

}  // namespace ktl::gateway
