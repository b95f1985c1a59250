#pragma once
// The prompt that a chat becomes: ChatML as the template of Qwen2.5-Instruct renders it, byte for byte.
// In tokens: 21 for the default system turn when the chat brings none, 5 around every turn, 3 for the beginning of the
// answer; tools cost their text inside the system turn. Turns of a role that the template does not know (developer,
// function, …) are left out, as it leaves them out.
#include <string>
#include <string_view>
#include <vector>

namespace ktl::standin {

struct ChatCall {
  std::string name;
  std::string arguments;  // JSON as Python writes it
};

struct ChatTurn {
  std::string role;     // in lower case: system, user, assistant, tool, …
  std::string content;  // text parts already joined
  std::vector<ChatCall> calls;
};

// `tools` holds one JSON text per tool, as the template prints it. `answer` is what the answer begins with already.
std::string render_chat(const std::vector<ChatTurn>& turns, const std::vector<std::string>& tools,
                        std::string_view answer = {});

}  // namespace ktl::standin
