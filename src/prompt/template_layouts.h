#pragma once
// One function for each family of chat templates. Internal to chat_template.cc and the layouts.
#include <string_view>

#include "prompt/chat_template.h"
#include "prompt/conversation.h"

namespace ktl::prompt {

struct Layout {
  const Conversation& conversation;
  const tokenizer::ChatPrompt& prompt;
  EngineDialect dialect;
  PromptSink& sink;

  void isolator(std::string_view token) { sink.isolator(token); }
  void literal(std::string_view text) { sink.part(Part::Kind::literal, text); }
  void content(std::string_view text) { sink.part(Part::Kind::content, text); }

  // The beginning of the answer, after the generation prompt.
  void continued() {
    if (!conversation.continued()) return;
    if (!joins_continued_text(dialect)) sink.separate();
    content(*conversation.continued());
  }
};

void lay_out_chatml(Layout& layout);
void lay_out_qwen2_5(Layout& layout);
void lay_out_qwen3(Layout& layout);
void lay_out_llama3(Layout& layout);
void lay_out_solar(Layout& layout);

}  // namespace ktl::prompt
