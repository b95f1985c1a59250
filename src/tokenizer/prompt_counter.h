#pragma once
// How many tokens of the served model a prompt costs, before it is sent. The interface that every way of counting
// implements: the quick estimate (estimate.h) and the exact tokenizers.
//
// Thread-safe: a counter is shared by all event loops. Linear in the input. Input is well-formed UTF-8.
#include <cstdint>
#include <span>
#include <string_view>

namespace ktl::tokenizer {

enum class CountMethod : std::uint8_t { estimate, exact };
std::string_view name_of(CountMethod method);  // "estimate", "exact"

struct Count {
  std::int64_t tokens = 0;
  CountMethod method = CountMethod::estimate;
};

// One message of a chat, as the chat template will render it. Text parts are already joined.
struct ChatMessage {
  std::string_view role;
  std::string_view content;
  std::string_view tool_calls_json;  // raw JSON of "tool_calls", or empty
};

struct ChatPrompt {
  std::span<const ChatMessage> messages;
  std::string_view tools_json;  // raw JSON of "tools", or empty
};

class PromptCounter {
 public:
  virtual ~PromptCounter() = default;
  virtual Count count_text(std::string_view text) const = 0;     // the text alone, no special tokens
  virtual Count count_chat(const ChatPrompt& prompt) const = 0;  // with everything the chat template adds
};

}  // namespace ktl::tokenizer
