#pragma once
// Request bodies of the generating routes, turned into Generations: validated as the real server validates, prompts
// rendered and cut into tokens, answers fixed. What these functions do not know they ignore, as the real one does.
#include "standin/http/generation.h"

namespace ktl::standin {

using Parsed = tl::expected<Generation, ApiError>;

Parsed parse_chat(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_completion(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_responses(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_messages(Standin& standin, Json body, const Behaviour& behaviour);
Parsed parse_generate(Standin& standin, Json body, const Behaviour& behaviour);

}  // namespace ktl::standin
