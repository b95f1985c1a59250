#include "dashboard/messages.h"

#include <fmt/format.h>

namespace ktl::dashboard {
namespace {

protocol::ApiError refusal(int status, std::string type, std::string code, std::string message) {
  return {
      .status = status, .type = std::move(type), .code = std::move(code), .param = {}, .message = std::move(message)};
}

}  // namespace

protocol::ApiError foreign_page(protocol::Language language) {
  return refusal(
      403, "permission_error", "foreign_page",
      std::string(say(language, "다른 사이트에서 온 요청이라 받지 않았습니다. 대시보드 화면에서 다시 시도하세요.",
                      "This request came from another site and was refused. Try again from the dashboard.")));
}

protocol::ApiError wrong_admin_key(protocol::Language language) {
  return refusal(401, "invalid_request_error", "invalid_api_key",
                 std::string(say(language, "관리자 키가 아닙니다. 설정의 security.admin_keys를 확인하세요.",
                                 "This is not an admin key. See security.admin_keys in the configuration.")));
}

protocol::ApiError too_many_logins(protocol::Language language, Millis wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return refusal(429, "requests", "too_many_logins",
                 language == protocol::Language::korean
                     ? fmt::format("로그인 시도가 너무 많습니다. {}초 뒤에 다시 시도하세요.", seconds)
                     : fmt::format("Too many login attempts. Try again in {} s.", seconds));
}

}  // namespace ktl::dashboard
