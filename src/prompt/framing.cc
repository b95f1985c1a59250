#include "prompt/framing.h"

#include <initializer_list>
#include <vector>

namespace ktl::prompt {

Framing framing_of(const tokenizer::PromptCounter& counter) {
  constexpr std::string_view kText = "가";  // not empty: some templates leave an empty turn out
  const std::int64_t text = counter.count_text(kText).tokens;
  const auto around = [&](std::initializer_list<std::string_view> roles) {
    std::vector<tokenizer::ChatMessage> messages;
    for (const std::string_view role : roles) messages.push_back({role, kText});
    return counter.count_chat({.messages = messages}).tokens - text * static_cast<std::int64_t>(roles.size());
  };
  Framing framing;
  const std::int64_t one = around({"user"});
  framing.message = (around({"user", "assistant", "user"}) - one) / 2;
  framing.chat = one - framing.message;
  framing.chat_with_system = around({"system", "user"}) - 2 * framing.message;
  return framing;
}

}  // namespace ktl::prompt
