#include "protocol/api_error.h"

#include "base/text.h"

namespace ktl::protocol {
namespace {

std::string quoted_or_null(const std::string& text) {
  return text.empty() ? "null" : json_quoted(text);
}

std::string_view anthropic_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      return status < 500 ? "invalid_request_error" : "api_error";
  }
}

}  // namespace

std::string render(const ApiError& error, Dialect dialect) {
  std::string out;
  if (dialect == Dialect::anthropic) {
    out += R"({"type":"error","error":{"type":")";
    out += anthropic_type(error.status);
    out += R"(","message":)" + json_quoted(error.message) + "}}";
    return out;
  }
  out += R"({"error":{"message":)" + json_quoted(error.message);
  out += R"(,"type":)" + json_quoted(error.type);
  out += R"(,"param":)" + quoted_or_null(error.param);
  out += R"(,"code":)" + quoted_or_null(error.code) + "}}";
  return out;
}

std::string render_event(const ApiError& error, Dialect dialect) {
  return (dialect == Dialect::anthropic ? "event: error\ndata: " : "data: ") + render(error, dialect) + "\n\n";
}

}  // namespace ktl::protocol
