#pragma once
// What goes wrong, and the shapes in which the different front ends say so.
#include <string>

namespace ktl::standin {

struct ApiError {
  int status = 400;
  std::string message;
  // Who refuses. The schema and the tokenizer refuse before anything is sent, so a stream gets a real status; the
  // scheduler refuses when a stream has been promised 200 already.
  enum class By : unsigned char { schema, tokenizer, scheduler } by = By::tokenizer;
};

ApiError schema_error(std::string_view location, std::string_view what);
ApiError queue_full_error();

// {"object":"error","message":…,"type":…,"param":null,"code":…}
std::string flat_error(const ApiError& error);
// data: {"error": {"object": "error", …}}, as json.dumps spells it, with its blank line
std::string error_event(const ApiError& error);
// {"error":{"message":…,"type":"Bad Request","param":null,"code":400}}, of /v1/responses
std::string responses_error(const ApiError& error);
// {"type":"error","error":{"type":"invalid_request_error","message":…}}, of /v1/messages
std::string messages_error(const ApiError& error);
// {"error":{"message":…}}, of /generate; 5xx is flat there
std::string generate_error(const ApiError& error);

}  // namespace ktl::standin
