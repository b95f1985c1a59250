#include "dashboard/login_form.h"

#include "admin/json_object.h"
#include "admin/query.h"
#include "dashboard/html.h"
#include "dashboard/messages.h"

namespace ktl::dashboard {

std::string login_form(protocol::Language language, std::string_view problem) {
  Html html(language, say(language, "로그인", "Log in"));
  html.raw("<main class=\"narrow\"><h1>").text(say(language, "토큰 리미터", "Token Limiter")).raw("</h1>");
  if (!problem.empty()) html.raw("<p class=\"bad\" role=\"alert\">").text(problem).raw("</p>");
  html.raw("<form method=\"post\" action=\"/login\"><label for=\"key\">").text(say(language, "관리자 키", "Admin key"));
  html.raw(
      "</label><input id=\"key\" name=\"key\" type=\"password\" autocomplete=\"current-password\" required autofocus>");
  html.raw("<button type=\"submit\">")
      .text(say(language, "로그인", "Log in"))
      .raw("</button></form><p class=\"quiet\">");
  html.text(say(language, "설정의 security.admin_keys에 있는 키입니다.",
                "A key of security.admin_keys in the configuration."));
  html.raw("</p></main>");
  return html.take();
}

std::string page_without_scripts(protocol::Language language) {
  Html html(language, say(language, "토큰 리미터", "Token Limiter"));
  html.raw("<main class=\"narrow\"><h1>").text(say(language, "토큰 리미터", "Token Limiter")).raw("</h1><p>");
  html.text(say(
      language,
      "이 실행 파일은 Node.js 없이 빌드되어 웹 대시보드가 들어 있지 않습니다. Node.js 18 이상과 npm을 설치하고 다시 "
      "빌드하면 이 자리에 나타납니다. 게이트웨이와 관리 API는 그대로 동작합니다.",
      "This binary was built without Node.js, so the web dashboard is not in it. Install Node.js 18 or later "
      "with npm and build again to see it here. The gateway and the admin API work all the same."));
  html.raw("</p><p><a href=\"/simple\">").text(say(language, "간단히 보기", "Simple view")).raw("</a></p></main>");
  return html.take();
}

std::optional<std::string> key_of_json(std::string_view body) {
  const auto order = admin::JsonObject::parse(body);
  const std::string* key = order ? order->text("key") : nullptr;
  if (key == nullptr || key->empty()) return std::nullopt;
  return *key;
}

std::optional<std::string> key_of_form(std::string_view body) {
  const auto form = admin::Query::parse(body);
  auto key = form ? form->get("key") : std::nullopt;
  if (key && key->empty()) key.reset();
  return key;
}

}  // namespace ktl::dashboard
