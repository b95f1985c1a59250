#include "standin/http/errors.h"

#include "net/http_server.h"
#include "standin/http/json.h"

namespace ktl::standin {
namespace {

std::string flat_type(const ApiError& error) {
  if (error.by == ApiError::By::schema) return std::string(net::reason_phrase(error.status));
  if (error.status == 400) return "BadRequestError";
  if (error.status == 500) return "InternalServerError";
  if (error.status == 501) return "NotImplementedError";
  return std::to_string(error.status);
}

std::string_view in_band_type(const ApiError& error) {
  switch (error.status) {
    case 400:
      return error.by == ApiError::By::scheduler ? "BAD_REQUEST" : "BadRequestError";
    case 503:
      return "SERVICE_UNAVAILABLE";
    default:
      return "INTERNAL_SERVER_ERROR";
  }
}

}  // namespace

ApiError schema_error(std::string_view location, std::string_view what) {
  std::string message = "1 validation error:\n  {'type': 'value_error', 'loc': (";
  add(message, location, "), 'msg': '", what, "', 'input': {...}}");
  return {400, std::move(message), ApiError::By::schema};
}

ApiError queue_full_error() {
  return {503, "The request queue is full.", ApiError::By::scheduler};
}

std::string flat_error(const ApiError& error) {
  std::string out;
  add(out, R"({"object":"error","message":)", Quoted{error.message}, R"(,"type":)", Quoted{flat_type(error)},
      R"(,"param":null,"code":)", error.status, "}");
  return out;
}

std::string error_event(const ApiError& error) {
  std::string out;
  add(out, R"(data: {"error": {"object": "error", "message": )", Quoted{error.message}, R"(, "type": )",
      Quoted{in_band_type(error)}, R"(, "param": null, "code": )", error.status, "}}\n\n");
  return out;
}

std::string responses_error(const ApiError& error) {
  std::string out;
  add(out, R"({"error":{"message":)", Quoted{error.message}, R"(,"type":)", Quoted{net::reason_phrase(error.status)},
      R"(,"param":null,"code":)", error.status, "}}");
  return out;
}

std::string messages_error(const ApiError& error) {
  const std::string_view type = error.status == 503   ? "overloaded_error"
                                : error.status == 401 ? "authentication_error"
                                : error.status >= 500 ? "api_error"
                                                      : "invalid_request_error";
  std::string out;
  add(out, R"({"type":"error","error":{"type":)", Quoted{type}, R"(,"message":)",
      Quoted{error.status >= 500 ? std::string_view("Internal server error") : std::string_view(error.message)}, "}}");
  return out;
}

std::string generate_error(const ApiError& error) {
  if (error.status >= 500) return flat_error(error);
  std::string out;
  add(out, R"({"error":{"message":)", Quoted{error.message}, "}}");
  return out;
}

}  // namespace ktl::standin
