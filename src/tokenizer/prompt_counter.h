#pragma once
// How many tokens of the served model a prompt costs, before it is sent. The interface that every way of counting
// implements: the quick estimate (estimate.h) and the exact tokenizers.
//
// Thread-safe: a counter is shared by all event loops. Linear in the input. Input is well-formed UTF-8.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tokenizer/composition.h"

namespace ktl::tokenizer {

enum class CountMethod : std::uint8_t { estimate, exact };
std::string_view name_of(CountMethod method);  // "estimate", "exact"

struct Count {
  std::int64_t tokens = 0;
  CountMethod method = CountMethod::estimate;
  std::int64_t around = 0;  // of `tokens`: what an unknown chat template is thought to add
  std::optional<Composition> characters{};  // of the text or the messages' contents, if counting told them apart
};

// One message of a chat, as the chat template will render it. Text parts are already joined.
struct ChatMessage {
  std::string_view role;  // as sent; engines take it in any case
  std::string_view content;
  std::string_view tool_calls_json{};                   // raw JSON of "tool_calls", or empty
  std::optional<std::string_view> reasoning_content{};  // what a reasoning model thought; absent and null are the same
};

// The request's "tool_choice": which of its tools the model may see.
struct ToolChoice {
  enum class Kind : std::uint8_t { any, none, named };  // any: "auto", "required", or not set
  Kind kind = Kind::any;
  std::string_view name{};  // of the function, if named
};

struct ChatPrompt {
  std::span<const ChatMessage> messages;
  std::string_view tools_json{};  // raw JSON of "tools", or empty
  ToolChoice tool_choice{};
  bool continue_final_message = false;    // the last message is the beginning of the answer
  std::optional<bool> enable_thinking{};  // chat_template_kwargs.enable_thinking
};

class PromptCounter {
 public:
  virtual ~PromptCounter() = default;
  virtual Count count_text(std::string_view text) const = 0;     // the text alone, no special tokens
  virtual Count count_chat(const ChatPrompt& prompt) const = 0;  // with everything the chat template adds

  // A text as /v1/completions and /v1/embeddings take it: with what the tokenizer puts before it (BOS).
  virtual Count count_prompt(std::string_view text) const { return count_text(text); }
};

}  // namespace ktl::tokenizer
