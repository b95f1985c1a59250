#include "protocol/api_error.h"

#include "base/text.h"

namespace ktl::protocol {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

void append_quoted_or_null(std::string& out, std::string_view text) {
  if (text.empty())
    out += "null";
  else
    append_quoted(out, text);
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
  out.reserve(error.message.size() + error.message.size() / 8 + 160);
  if (dialect == Dialect::anthropic) {
    out.append(R"({"type":"error","error":{"type":")").append(anthropic_type(error.status)).append(R"(","message":)");
    append_quoted(out, error.message);
    out += "}}";
    return out;
  }
  out += R"({"error":{"message":)";
  append_quoted(out, error.message);
  out += R"(,"type":)";
  append_quoted(out, error.type);
  out += R"(,"param":)";
  append_quoted_or_null(out, error.param);
  out += R"(,"code":)";
  append_quoted_or_null(out, error.code);
  out += "}}";
  return out;
}

std::string render_event(const ApiError& error, Dialect dialect) {
  return (dialect == Dialect::anthropic ? "event: error\ndata: " : "data: ") + render(error, dialect) + "\n\n";
}

}  // namespace ktl::protocol
