// What is asked: paths, sizes, and whatever is wrong with a body.
#include "protocol/message_text.h"

namespace ktl::protocol {
namespace {

// Our words for kinds of JSON values, as RequestProblem holds them.
std::string_view in_korean(std::string_view words) {
  if (words == "a string") return "문자열";
  if (words == "an integer") return "정수";
  if (words == "a number") return "숫자";
  if (words == "a boolean") return "불리언(true/false)";
  if (words == "an object") return "객체";
  if (words == "an array") return "배열";
  if (words == "a string or an array") return "문자열 또는 배열";
  if (words == "a string or an array of integers") return "문자열 또는 정수 배열";
  return words;
}

std::string_view words(Language language, std::string_view english) {
  return language == Language::korean ? in_korean(english) : english;
}

ApiError bad_request(std::string_view code, std::string message, std::string_view param = {}) {
  return make_error(400, kInvalidRequest, code, std::move(message), param);
}

}  // namespace

ApiError model_not_found(Language language, std::string_view model) {
  return make_error(404, kInvalidRequest, "model_not_found",
                    say(language,
                        {"`{0}` 모델이 존재하지 않거나 접근 권한이 없습니다.",
                         "The model `{0}` does not exist or you do not have access to it."},
                        shown(model)),
                    "model");
}

ApiError unknown_path(Language language, std::string_view method, std::string_view path) {
  return make_error(404, kInvalidRequest, "unknown_url",
                    say(language,
                        {"알 수 없는 요청 주소입니다: {0} {1}. 주소를 확인해 주세요.",
                         "Unknown request URL: {0} {1}. Please check the URL for typos."},
                        shown(method), shown(path)));
}

ApiError method_not_allowed(Language language, std::string_view method, std::string_view path) {
  return make_error(405, kInvalidRequest, "method_not_supported",
                    say(language, {"{1} 주소에서는 {0} 메서드를 사용할 수 없습니다.", "Not allowed to {0} on {1}."},
                        shown(method), shown(path)));
}

ApiError not_found(Language language, std::string_view what) {
  return make_error(404, kInvalidRequest, "not_found",
                    say(language, {"찾을 수 없습니다: {0}", "Not found: {0}."}, shown(what)));
}

ApiError body_too_large(Language language, std::uint64_t limit_bytes) {
  return make_error(413, kInvalidRequest, "request_too_large",
                    say(language,
                        {"요청 본문이 너무 큽니다. 최대 {0}바이트까지 보낼 수 있습니다.",
                         "The request body is too large. At most {0} bytes are allowed."},
                        limit_bytes));
}

ApiError wrong_content_type(Language language, std::string_view got) {
  return make_error(415, kInvalidRequest, "unsupported_content_type",
                    say(language,
                        {"지원하지 않는 Content-Type입니다: '{0}'. application/json으로 보내 주세요.",
                         "Unsupported Content-Type: '{0}'. Please send application/json."},
                        shown(got)));
}

ApiError context_too_long(Language language, std::int64_t context, std::int64_t prompt, std::int64_t completion) {
  constexpr std::string_view kCode = "context_length_exceeded";
  if (completion <= 0) {
    return bad_request(kCode,
                       say(language,
                           {"이 모델의 최대 컨텍스트 길이는 {0}토큰입니다. 입력이 {1}토큰이므로 입력을 줄여 주세요.",
                            "This model's maximum context length is {0} tokens. However, your messages resulted in {1} "
                            "tokens. Please reduce the length of the messages."},
                           context, prompt),
                       "messages");
  }
  return bad_request(
      kCode,
      say(language,
          {"이 모델의 최대 컨텍스트 길이는 {0}토큰입니다. 요청은 모두 {1}토큰(입력 {2}, 출력 {3})이므로 "
           "입력이나 최대 출력 토큰을 줄여 주세요.",
           "This model's maximum context length is {0} tokens. However, you requested {1} tokens ({2} in "
           "the messages, {3} in the completion). Please reduce the length of the messages or completion."},
          context, prompt + completion, prompt, completion),
      "messages");
}

ApiError max_tokens_too_large(Language language, std::int64_t asked, std::int64_t allowed, std::string_view param) {
  return bad_request("integer_above_max_value",
                     say(language,
                         {"'{0}' 값이 너무 큽니다: {1}. 이 모델은 최대 {2}개의 출력 토큰을 지원합니다.",
                          "{0} is too large: {1}. This model supports at most {2} completion tokens, whereas you "
                          "provided {1}."},
                         param, asked, allowed),
                     param);
}

ApiError streaming_not_supported(Language language) {
  return bad_request("unsupported_value",
                     say(language, {"이 엔드포인트는 스트리밍을 지원하지 않습니다. 'stream'을 빼고 다시 보내 주세요.",
                                    "Streaming is not supported on this endpoint. Please omit 'stream'."}),
                     "stream");
}

ApiError describe(const RequestProblem& problem, Language language) {
  const std::string param = shown(problem.param);
  switch (problem.id) {
    case ProblemId::empty_body:
      return bad_request("empty_body", say(language, {"요청 본문이 비어 있습니다. JSON 객체를 보내 주세요.",
                                                      "The request body is empty. Please send a JSON object."}));
    case ProblemId::invalid_json:
      return bad_request("invalid_json",
                         say(language,
                             {"요청 본문을 JSON으로 해석할 수 없습니다. ({0}번째 바이트 부근)",
                              "We could not parse the JSON body of your request. (Not valid JSON near byte {0}.)"},
                             problem.number));
    case ProblemId::invalid_utf8:
      return bad_request("invalid_utf8", say(language, {"요청 본문이 올바른 UTF-8이 아닙니다.",
                                                        "The request body is not valid UTF-8."}));
    case ProblemId::too_deep:
      return bad_request("json_too_deep",
                         say(language,
                             {"요청 본문의 JSON 중첩이 너무 깊습니다. 최대 {0}단계까지 허용됩니다.",
                              "The JSON body of your request is nested too deeply. At most {0} levels are allowed."},
                             problem.number));
    case ProblemId::trailing_bytes:
      return bad_request(
          "invalid_json",
          say(language,
              {"요청 본문의 JSON 객체 뒤에 다른 내용이 있습니다. ({0}번째 바이트부터)",
               "We could not parse the JSON body of your request. (Unexpected data after the JSON object "
               "at byte {0}.)"},
              problem.number));
    case ProblemId::not_an_object:
      return bad_request("invalid_type", say(language, {"요청 본문은 JSON 객체여야 합니다.",
                                                        "The request body must be a JSON object."}));
    case ProblemId::duplicate_member:
      return bad_request("duplicate_parameter",
                         say(language,
                             {"'{0}' 매개변수가 두 번 이상 있습니다. 한 번만 보내 주세요.",
                              "Duplicate parameter: '{0}'. It may appear only once."},
                             param),
                         param);
    case ProblemId::missing_member:
      return bad_request(
          "missing_required_parameter",
          say(language, {"필수 매개변수가 없습니다: '{0}'", "Missing required parameter: '{0}'."}, param), param);
    case ProblemId::wrong_type:
      return bad_request("invalid_type",
                         say(language,
                             {"'{0}'의 형식이 올바르지 않습니다. 필요한 형식: {1}, 받은 형식: {2}",
                              "Invalid type for '{0}': expected {1}, but got {2} instead."},
                             param, words(language, problem.expected), words(language, problem.got)),
                         param);
    case ProblemId::too_small:
      return bad_request("integer_below_min_value",
                         say(language,
                             {"'{0}' 값이 너무 작습니다. {1} 이상이어야 합니다.",
                              "Invalid '{0}': integer below minimum value. Expected a value >= {1}."},
                             param, problem.number),
                         param);
    case ProblemId::too_large:
      return bad_request("integer_above_max_value",
                         say(language,
                             {"'{0}' 값이 너무 큽니다. {1} 이하여야 합니다.",
                              "Invalid '{0}': integer above maximum value. Expected a value <= {1}."},
                             param, problem.number),
                         param);
    case ProblemId::empty_string:
      return bad_request("empty_string",
                         say(language,
                             {"'{0}' 값이 빈 문자열입니다. 한 글자 이상 보내 주세요.",
                              "Invalid '{0}': empty string. Expected a string with minimum length 1, but got an "
                              "empty string instead."},
                             param),
                         param);
    case ProblemId::empty_array:
      return bad_request("empty_array",
                         say(language,
                             {"'{0}' 배열이 비어 있습니다. 한 개 이상의 항목을 보내 주세요.",
                              "Invalid '{0}': empty array. Expected an array with minimum length 1, but got an "
                              "empty array instead."},
                             param),
                         param);
    case ProblemId::not_allowed:
      return bad_request(
          "unsupported_parameter",
          say(language,
              {"'{0}' 매개변수는 지원하지 않습니다. 토큰 사용량을 미리 계산할 수 없기 때문입니다.",
               "Unsupported parameter: '{0}'. It is not available here because its token usage cannot be "
               "counted in advance."},
              param),
          param);
    case ProblemId::excluded_together:
      return bad_request("invalid_request",
                         say(language,
                             {"'{0}' 매개변수와 '{1}' 매개변수는 함께 사용할 수 없습니다.",
                              "'{0}' and '{1}' cannot be used together."},
                             param, problem.expected),
                         param);
  }
  return bad_request("invalid_json", say(language, {"요청 본문이 올바르지 않습니다.", "The request body is invalid."}));
}

ApiError bad_http(Language language, int status) {
  const auto with = [&](std::string_view code, const Text& text) {
    return make_error(status, status >= 500 ? kServerError : kInvalidRequest, code, say(language, text));
  };
  switch (status) {
    case 408:
      return with("request_timeout", {"요청을 제시간에 모두 받지 못했습니다. 다시 시도해 주세요.",
                                      "The request was not received in time. Please try again."});
    case 411:
      return with("length_required", {"Content-Length 헤더가 필요합니다.", "A Content-Length header is required."});
    case 413:
      return with("request_too_large", {"요청 본문이 너무 큽니다.", "The request body is too large."});
    case 414:
      return with("uri_too_long", {"요청 주소가 너무 깁니다.", "The request URL is too long."});
    case 417:
      return with("expectation_failed", {"지원하지 않는 Expect 헤더입니다.", "The Expect header is not supported."});
    case 431:
      return with("headers_too_large", {"요청 헤더가 너무 큽니다.", "The request headers are too large."});
    case 501:
      return with("not_implemented",
                  {"지원하지 않는 전송 방식(Transfer-Encoding)입니다.", "This Transfer-Encoding is not supported."});
    case 505:
      return with("http_version_not_supported", {"지원하지 않는 HTTP 버전입니다. HTTP/1.1을 사용해 주세요.",
                                                 "This HTTP version is not supported. Please use HTTP/1.1."});
    default:
      return with("bad_request", {"HTTP 요청 형식이 올바르지 않습니다.", "The HTTP request is malformed."});
  }
}

}  // namespace ktl::protocol
