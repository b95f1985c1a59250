#pragma once
// An engine's error, whichever of the shapes of SGLang and vLLM it came in, as one thing.
#include <optional>
#include <string>
#include <string_view>

#include "protocol/api_error.h"
#include "protocol/language.h"

namespace ktl::protocol {

struct EngineError {
  int status = 500;     // HTTP status that fits: from `code`, else from the type's name, else 500
  std::string type;     // as the engine wrote it
  std::string message;  // as the engine wrote it, bounded (kMaxEngineMessage), secrets struck out
  std::string code;     // if it is a word, e.g. "model_not_found"; empty if it is a number or null
  std::string param;
};

inline constexpr std::size_t kMaxEngineMessage = 600;  // bytes

// The error that a JSON object states, or nullopt if it states none. Shapes: flat {"object":"error",…}, {"error":{…}},
// {"error":"text"}, Anthropic {"type":"error","error":{…}}, Responses {"type":"response.failed",…}, FastAPI
// {"detail":…}.
std::optional<EngineError> read_engine_error(std::string_view json);

// What our client is told.
//   401, 403  our own key is wrong, which is not the client's fault: 502
//   400, 404, 413, 422  passed on as 400/404/413 in OpenAI's words; too long prompts get code context_length_exceeded
//   429, 503  503 engine_overloaded (try again); other 5xx: 502
ApiError to_api_error(const EngineError& error, Language language);

// The same for an HTTP answer with an error status; the body may be anything, also empty or no JSON.
ApiError from_engine(int http_status, std::string_view body, Language language);

}  // namespace ktl::protocol
