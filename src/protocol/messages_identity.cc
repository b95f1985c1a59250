// Who asks: keys and bans.
#include "protocol/message_text.h"

namespace ktl::protocol {
namespace {
constexpr std::string_view kCode = "invalid_api_key";
}

ApiError missing_api_key(Language language) {
  return make_error(401, kInvalidRequest, kCode,
                    say(language, {"API 키가 없습니다. Authorization 헤더에 Bearer 방식(예: Authorization: Bearer "
                                   "YOUR_KEY)으로 API 키를 보내 주세요.",
                                   "You didn't provide an API key. You need to provide your API key in an "
                                   "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."}));
}

ApiError invalid_api_key(Language language, std::string_view key) {
  return make_error(401, kInvalidRequest, kCode,
                    say(language, {"잘못된 API 키입니다: {0}", "Incorrect API key provided: {0}."}, masked_key(key)));
}

ApiError key_disabled(Language language) {
  return make_error(401, kInvalidRequest, kCode,
                    say(language, {"사용이 중지된 API 키입니다. 관리자에게 문의해 주세요.",
                                   "This API key has been disabled. Please contact your administrator."}));
}

ApiError key_banned(Language language, Millis retry_after) {
  if (retry_after <= Millis{0}) {
    return make_error(403, "permission_error", "key_banned",
                      say(language, {"이 API 키는 차단되었습니다. 관리자에게 문의해 주세요.",
                                     "This API key has been banned. Please contact your administrator."}));
  }
  return make_error(
      403, "permission_error", "key_banned",
      say(language,
          {"한도 초과가 반복되어 이 API 키가 일시적으로 차단되었습니다. {0} 후에 다시 사용할 수 있습니다.",
           "This API key has been temporarily banned for repeated rate limit violations. It can be used "
           "again in {0}."},
          spoken_wait(language, retry_after)));
}

ApiError admin_key_required(Language language) {
  return make_error(403, "permission_error", "permission_denied",
                    say(language, {"관리자 키가 필요한 요청입니다.", "This request requires an admin key."}));
}

}  // namespace ktl::protocol
