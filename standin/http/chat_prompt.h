#pragma once
// The prompts of bodies that hold a conversation, brought into the one form that the template renders, by the rules of
// the real front ends.
#include <tl/expected.hpp>

#include "standin/engine/chat_template.h"
#include "standin/http/errors.h"
#include "standin/http/json.h"
#include "standin/http/options.h"

namespace ktl::standin {

struct ChatPrompt {
  std::vector<ChatTurn> turns;
  std::vector<std::string> tools;  // as the template prints them
  std::string answer;              // what the answer begins with already (continue_final_message)
  std::string last_user_text;

  std::string text() const { return render_chat(turns, tools, answer); }
};

using ReadPrompt = tl::expected<ChatPrompt, ApiError>;

ReadPrompt read_chat_prompt(const StandinOptions& options, Json body);
ReadPrompt read_messages_prompt(const StandinOptions& options, Json body);  // Anthropic's form
// input and instructions only: its tools are not rendered.
ReadPrompt read_responses_prompt(Json body);

// {"type": "function", "function": {…}, "defer_loading": null}: tools are dumped anew, not copied. 0.5.9 knows no
// defer_loading.
struct ToolText {
  std::string name;
  std::string type = "function";
  std::string description = "null";  // this and the next as JSON
  std::string parameters = "null";
  bool strict = false;
  std::optional<bool> defer_loading;

  std::string dumped(const StandinOptions& options) const;
};

// The rule for an assistant's turn at the end: it becomes the beginning of the answer if it is to be continued, else
// the user's.
ReadPrompt with_last_turn_settled(ChatPrompt prompt, bool continue_final_message);

}  // namespace ktl::standin
