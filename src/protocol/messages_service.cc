// What stands in the way: the engine, the queue, the storage, ourselves.
#include "protocol/message_text.h"

namespace ktl::protocol {

ApiError engine_unavailable(Language language) {
  return make_error(
      503, kServerError, "engine_unavailable",
      say(language, {"추론 서버에 연결할 수 없습니다. 사용량은 차감되지 않았습니다. 잠시 후 다시 시도해 주세요.",
                     "The inference engine is currently unavailable. Nothing was charged. Please try again "
                     "later."}));
}

ApiError engine_overloaded(Language language) {
  return make_error(503, kServerError, "engine_overloaded",
                    say(language, {"추론 서버가 현재 과부하 상태입니다. 잠시 후 다시 시도해 주세요.",
                                   "The engine is currently overloaded. Please try again later."}));
}

ApiError queue_full(Language language) {
  return make_error(503, kServerError, "queue_full",
                    say(language, {"대기열이 가득 찼습니다. 잠시 후 다시 시도해 주세요.",
                                   "The request queue is full. Please try again later."}));
}

ApiError queue_timeout(Language language, Millis waited) {
  return make_error(503, kServerError, "queue_timeout",
                    say(language,
                        {"{0} 동안 기다렸지만 요청 차례가 오지 않았습니다. 잠시 후 다시 시도해 주세요.",
                         "The request waited {0} in the queue without being served. Please try again later."},
                        spoken_duration(language, waited)));
}

ApiError engine_failed(Language language) {
  return make_error(502, kServerError, "engine_error",
                    say(language, {"추론 서버가 요청을 처리하는 중에 오류가 발생했습니다. 잠시 후 다시 시도해 주세요.",
                                   "The inference engine had an error while processing your request. Please try again "
                                   "later."}));
}

ApiError engine_refused_gateway(Language language) {
  return make_error(
      502, kServerError, "engine_auth_error",
      say(language, {"게이트웨이가 추론 서버의 인증에 실패했습니다. 보내신 API 키의 문제가 아니니 관리자에게 "
                     "문의해 주세요.",
                     "The gateway could not authenticate with the inference engine. Your API key is fine; "
                     "please contact your administrator."}));
}

ApiError engine_rejected(Language language, int status, std::string_view reason, std::string_view code,
                         std::string_view param) {
  if (reason.empty()) {
    return make_error(status, kInvalidRequest, code,
                      say(language, {"추론 서버가 요청을 거부했습니다.", "The inference engine rejected the request."}),
                      param);
  }
  if (code == "context_length_exceeded") {
    return make_error(
        status, kInvalidRequest, code,
        say(language, {"요청이 모델의 최대 컨텍스트 길이를 초과했습니다. (추론 서버: {0})", "{0}"}, reason), param);
  }
  return make_error(status, kInvalidRequest, code,
                    say(language, {"추론 서버가 요청을 거부했습니다: {0}", "{0}"}, reason), param);
}

ApiError engine_timeout(Language language, Millis waited) {
  return make_error(504, kServerError, "engine_timeout",
                    say(language,
                        {"추론 서버가 {0} 동안 응답하지 않았습니다. 잠시 후 다시 시도해 주세요.",
                         "The inference engine did not respond within {0}. Please try again later."},
                        spoken_duration(language, waited)));
}

ApiError storage_unavailable(Language language) {
  return make_error(
      503, kServerError, "storage_unavailable",
      say(language, {"사용량 저장소에 기록할 수 없어 새 요청을 받을 수 없습니다. 잠시 후 다시 시도해 주세요.",
                     "Usage cannot be recorded right now, so new requests are not accepted. Please try "
                     "again later."}));
}

ApiError draining(Language language) {
  return make_error(
      503, kServerError, "shutting_down",
      say(language, {"서버가 종료 중이어서 새 요청을 받지 않습니다. 잠시 후 다시 시도해 주세요.",
                     "The server is shutting down and accepts no new requests. Please try again later."}));
}

ApiError internal_error(Language language) {
  return make_error(500, kServerError, "internal_error",
                    say(language, {"서버 내부 오류가 발생했습니다. 잠시 후 다시 시도해 주세요.",
                                   "The server had an error while processing your request. Please try again later."}));
}

}  // namespace ktl::protocol
