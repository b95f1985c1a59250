#pragma once
// The messages as the engine hands them to the template: roles in lower case, the last assistant message turned into
// the user's or taken out to be continued.
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "prompt/engine_dialect.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::prompt {

// A view of the prompt; valid as long as it.
class Conversation {
 public:
  Conversation(const tokenizer::ChatPrompt& prompt, EngineDialect dialect);

  std::size_t size() const { return messages_.size(); }
  tokenizer::ChatMessage operator[](std::size_t i) const;
  std::string_view role(std::size_t i) const;  // empty beyond the end
  std::string_view content(std::size_t i) const { return messages_[i].content; }

  // The beginning of the answer, which stands after the generation prompt.
  const std::optional<std::string_view>& continued() const { return continued_; }

 private:
  std::span<const tokenizer::ChatMessage> messages_;
  std::optional<std::string_view> continued_;
  bool last_is_users_ = false;
};

}  // namespace ktl::prompt
