#include "prompt/conversation.h"

#include "base/text.h"

namespace ktl::prompt {
namespace {

std::string_view canonical_role(std::string_view role) {
  if (role == "user" || role == "assistant") return role;
  for (const std::string_view known : {"user", "assistant", "system", "tool", "developer", "function"}) {
    if (equals_ignoring_case(role, known)) return known;
  }
  return role;
}

}  // namespace

Conversation::Conversation(const tokenizer::ChatPrompt& prompt, EngineDialect dialect) : messages_(prompt.messages) {
  if (messages_.empty() || canonical_role(messages_.back().role) != "assistant") return;
  if (prompt.continue_final_message) {
    continued_ = messages_.back().content;
    messages_ = messages_.first(messages_.size() - 1);
  } else {
    last_is_users_ = turns_last_assistant_into_user(dialect);
  }
}

tokenizer::ChatMessage Conversation::operator[](std::size_t i) const {
  const tokenizer::ChatMessage& sent = messages_[i];
  if (last_is_users_ && i + 1 == messages_.size()) return {.role = "user", .content = sent.content};
  tokenizer::ChatMessage message = sent;
  message.role = canonical_role(sent.role);
  return message;
}

std::string_view Conversation::role(std::size_t i) const {
  if (i >= messages_.size()) return {};
  return last_is_users_ && i + 1 == messages_.size() ? "user" : canonical_role(messages_[i].role);
}

}  // namespace ktl::prompt
