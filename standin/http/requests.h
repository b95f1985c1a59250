#pragma once
// Request bodies of the generating routes, turned into Generations: validated as the real server validates, prompts
// rendered and cut into tokens, answers fixed. What these functions do not know they ignore, as the real one does.
#include "standin/engine/chat_template.h"
#include "standin/http/generation.h"

namespace ktl::standin {

using Parsed = tl::expected<Generation, ApiError>;

Parsed parse_chat(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_completion(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_responses(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_messages(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_generate(Standin& standin, Json body, const Behaviour& behaviour);

// The turns of a chat body, and the tools as the template prints them. Shared with the counting routes.
struct ChatPrompt {
  std::vector<ChatTurn> turns;
  std::vector<std::string> tools;
  std::string last_user_text;

  std::vector<TokenId> tokens() const { return render_chat(turns, tools); }
};
tl::expected<ChatPrompt, ApiError> read_chat_prompt(Json body);
tl::expected<ChatPrompt, ApiError> read_messages_prompt(Json body);  // Anthropic's form

}  // namespace ktl::standin
