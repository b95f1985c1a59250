#pragma once
// An error as OpenAI's (or Anthropic's) SDK understands it.
#include <cstdint>
#include <string>

namespace ktl::protocol {

struct ApiError {
  int status = 500;
  std::string type;   // "invalid_request_error", "tokens", "requests", "server_error", …
  std::string code;   // empty: null
  std::string param;  // empty: null
  std::string message;
};

enum class Dialect : std::uint8_t { openai, anthropic };

// The JSON body.
//   openai     {"error":{"message":…,"type":…,"param":…,"code":…}}
//   anthropic  {"type":"error","error":{"type":…,"message":…}}, type by status (rate_limit_error, overloaded_error, …)
std::string render(const ApiError& error, Dialect dialect = Dialect::openai);

// As one event of a stream that has already begun.
//   openai     data: {…}\n\n
//   anthropic  event: error\ndata: {…}\n\n
std::string render_event(const ApiError& error, Dialect dialect = Dialect::openai);

}  // namespace ktl::protocol
