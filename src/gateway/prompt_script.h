#pragma once
// What a prompt is written in, what its Korean costs, and what an estimate would have made of it: figures of the requests
// that were answered, for the page of Korean tokens. Some sums; nothing of the text is kept.
#include <cstdint>

#include "gateway/catalogue.h"
#include "protocol/request_view.h"
#include "tokenizer/composition.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::gateway {

struct PromptScript {
  tokenizer::Composition characters;
  // Tokens of the texts alone, without what the chat template adds. Only of a Korean prompt (at least as many Hangul
  // syllables as Latin letters) that was counted exactly and has neither tools nor media; else 0.
  std::int64_t korean_tokens = 0;
  // Of a prompt that was counted exactly, has neither tools nor media, and costs its tokens: these, and what would have
  // been charged if there were no tokenizer (Model::fallback). Else 0.
  std::int64_t exact_tokens = 0;
  std::int64_t estimated_tokens = 0;
};

// Linear in the texts, 16 bytes at a time. Any thread.
PromptScript script_of(const protocol::RequestView& view, const Model& model, const tokenizer::Count& count);

// Adds it to the model's figures.
void note(const PromptScript& script, ModelMetrics& metrics);

}  // namespace ktl::gateway
