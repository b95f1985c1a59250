#pragma once
// The prompt that a chat becomes: ChatML as Qwen2.5-Instruct renders it, as token ids.
// Fixed cost: 21 tokens for the default system turn when the chat brings none, 5 around every turn, 3 for the
// beginning of the answer; tools cost their text inside the system turn.
#include <string>
#include <vector>

#include "standin/engine/tokens.h"

namespace ktl::standin {

struct ChatTurn {
  std::string role;     // system, user, assistant, tool, …
  std::string content;  // text parts already joined
};

// `tools` holds one JSON text per tool, as the template prints it.
std::vector<TokenId> render_chat(const std::vector<ChatTurn>& turns, const std::vector<std::string>& tools);

// The length of render_chat() without building it.
std::int64_t count_chat(const std::vector<ChatTurn>& turns, const std::vector<std::string>& tools);

}  // namespace ktl::standin
