#include "admin/messages.h"

#include <fmt/format.h>

namespace ktl::admin {
namespace {

ApiError refusal(int status, std::string_view code, std::string message, std::string_view param = {}) {
  const std::string_view type = status >= 500   ? "server_error"
                                : status == 403 ? "permission_error"
                                                : "invalid_request_error";
  return {status, std::string(type), std::string(code), std::string(param), std::move(message)};
}

std::string say(Language language, std::string_view korean, std::string_view english) {
  return std::string(language == Language::korean ? korean : english);
}

}  // namespace

ApiError not_your_account(Language language) {
  return refusal(403, "permission_denied",
                 say(language, "다른 사용자의 사용량은 볼 수 없습니다. 본인의 API 키나 관리자 키가 필요합니다.",
                     "You may see your own usage only. Use that user's own key, or an admin key."));
}

ApiError missing_value(Language language, std::string_view name) {
  return refusal(400, "missing_required_parameter",
                 say(language, fmt::format("필수 매개변수가 없습니다: '{}'", name),
                     fmt::format("Missing required parameter: '{}'.", name)),
                 name);
}

ApiError invalid_value(Language language, std::string_view name) {
  return refusal(
      400, "invalid_value",
      say(language, fmt::format("'{}' 값이 올바르지 않습니다.", name), fmt::format("Invalid value for '{}'.", name)),
      name);
}

ApiError invalid_query(Language language) {
  return refusal(400, "invalid_query",
                 say(language, "요청 주소의 매개변수가 올바른 퍼센트 인코딩 또는 UTF-8이 아닙니다.",
                     "The query of the URL is not valid percent-encoding or not valid UTF-8."));
}

ApiError invalid_body(Language language) {
  return refusal(400, "invalid_json",
                 say(language, "요청 본문은 UTF-8로 된 JSON 객체여야 합니다.",
                     "The request body must be a JSON object in UTF-8."));
}

ApiError exact_count_unavailable(Language language) {
  return refusal(400, "unsupported_value",
                 say(language, "이 모델은 정확한 토큰 계산을 지원하지 않습니다. method=estimate를 사용해 주세요.",
                     "Exact counting is not available for this model. Please use method=estimate."),
                 "method");
}

ApiError ambiguous_name(Language language, std::string_view name) {
  return refusal(409, "ambiguous_name",
                 say(language, fmt::format("'{}' 이름의 대상이 여러 개입니다. 'scope' 번호로 지정해 주세요.", name),
                     fmt::format("'{}' names several. Please give the number as 'scope'.", name)),
                 name);
}

ApiError precondition_failed(Language language) {
  return refusal(412, "precondition_failed",
                 say(language, "그 사이에 다른 사람이 바꾸었습니다. 다시 읽고 나서 바꾸어 주세요.",
                     "Somebody changed it meanwhile. Please read it again before changing it."),
                 "if-match");
}

ApiError already_exists(Language language, std::string_view name) {
  return refusal(409, "already_exists",
                 say(language, fmt::format("'{}': 이미 있습니다.", name), fmt::format("'{}' exists already.", name)),
                 "name");
}

ApiError configured(Language language, std::string_view name) {
  return refusal(
      409, "configured",
      say(language, fmt::format("'{}': 설정 파일에 있어서 여기서는 지울 수 없습니다. 대신 중지할 수 있습니다.", name),
          fmt::format("'{}' stands in the configuration and cannot be removed here; it can be disabled.", name)));
}

ApiError key_is_revoked(Language language) {
  return refusal(409, "revoked",
                 say(language, "폐기된 키는 되살릴 수 없습니다. 새 키를 만들어 주세요.",
                     "A revoked key cannot be used again. Please create a new one."));
}

ApiError cannot_be(Language language, std::string_view reason) {
  return refusal(409, "too_many_groups",
                 say(language, fmt::format("한 사용자가 너무 많은 그룹에 속하게 됩니다: {}", reason),
                     fmt::format("A user would be in too many groups: {}", reason)));
}

ApiError reload_failed(Language language, std::string_view reason) {
  return refusal(422, "reload_failed",
                 say(language, fmt::format("설정을 다시 읽지 못했습니다. 이전 설정을 그대로 사용합니다: {}", reason),
                     fmt::format("The configuration was not reloaded; the previous one stays in use: {}", reason)));
}

ApiError reload_unavailable(Language language) {
  return refusal(501, "not_implemented",
                 say(language, "이 게이트웨이는 설정 다시 읽기를 지원하지 않습니다.",
                     "This gateway cannot reload its configuration."));
}

ApiError no_sample_yet(Language language) {
  return refusal(503, "not_ready",
                 say(language, "게이트웨이가 막 시작되어 아직 측정값이 없습니다. 잠시 후 다시 시도해 주세요.",
                     "The gateway has just started and has measured nothing yet. Please try again in a moment."));
}

ApiError too_many_viewers(Language language) {
  return refusal(503, "too_many_viewers",
                 say(language, "실시간 화면을 보는 접속이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
                     "Too many connections are watching already. Please try again later."));
}

ApiError unknown_engine(Language language, std::string_view name) {
  return refusal(404, "not_found",
                 say(language, fmt::format("'{}'이라는 엔진은 설정에 없습니다.", name),
                     fmt::format("There is no engine named '{}'.", name)));
}

ApiError engine_tells_nothing(Language language, std::string_view name) {
  return refusal(
      502, "engine_unavailable",
      say(language,
          fmt::format("'{}' 엔진의 지표를 읽을 수 없습니다. 엔진이 꺼져 있거나 --enable-metrics 없이 시작되었습니다.",
                      name),
          fmt::format("The metrics of engine '{}' cannot be read: it is away, or was started without --enable-metrics.",
                      name)));
}

ApiError history_unavailable(Language language) {
  return refusal(503, "history_unavailable",
                 say(language, "지난 기록을 읽을 수 없습니다. 기록 파일이 있는 디스크를 확인해 주세요.",
                     "The history cannot be read. Please check the disk that holds its file."));
}

}  // namespace ktl::admin
