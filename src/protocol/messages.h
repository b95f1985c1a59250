#pragma once
// Every text the gateway says to API clients, in Korean and English, with its status, type and code. One function each,
// so that no text can be asked for without its facts. Pure.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "protocol/api_error.h"
#include "protocol/language.h"
#include "protocol/request_problem.h"

namespace ktl::protocol {

// Same order as quota::LimitKind.
enum class LimitName : std::uint8_t { rpm, rph, rpd, tpm, tph, daily, concurrent };

struct RateLimitFacts {
  LimitName limit = LimitName::rpm;
  ScopeKind scope = ScopeKind::user;
  std::string_view scope_name = {};  // e.g. the user's name; may be empty. For keys only a masked form
  std::string_view model = {};       // what was asked for; may be empty (early refusals do not know it)
  std::int64_t allowed = 0;
  std::int64_t used = 0;
  std::int64_t requested = 0;
  Millis retry_after{0};
  bool never = false;  // the request alone is bigger than the limit
};

// --- who asks
ApiError missing_api_key(Language language);                        // 401 invalid_api_key
ApiError invalid_api_key(Language language, std::string_view key);  // 401 invalid_api_key; shows the key masked only
ApiError key_disabled(Language language);                           // 401 invalid_api_key
ApiError key_banned(Language language, Millis retry_after);         // 403 key_banned; 0 = until it is lifted by hand
ApiError admin_key_required(Language language);                     // 403 permission_denied

// --- limits
ApiError rate_limited(Language language, const RateLimitFacts& facts);  // 429 rate_limit_exceeded, type tokens|requests

// --- what is asked
ApiError model_not_found(Language language, std::string_view model);                             // 404 model_not_found
ApiError unknown_path(Language language, std::string_view method, std::string_view path);        // 404 unknown_url
ApiError method_not_allowed(Language language, std::string_view method, std::string_view path);  // 405
ApiError not_found(Language language, std::string_view what);                                    // 404 not_found
ApiError body_too_large(Language language, std::uint64_t limit_bytes);                           // 413
ApiError wrong_content_type(Language language, std::string_view got);                            // 415
ApiError context_too_long(Language language, std::int64_t context, std::int64_t prompt,
                          std::int64_t completion);  // 400 context_length_exceeded; completion 0 = none asked
ApiError max_tokens_too_large(Language language, std::int64_t asked, std::int64_t allowed,
                              std::string_view param);                // 400
ApiError streaming_not_supported(Language language);                  // 400: `stream` on an endpoint without streams
ApiError describe(const RequestProblem& problem, Language language);  // 400, one for each ProblemId
// Problems of the HTTP head or framing: 400 408 411 413 414 417 431 501 505.
ApiError bad_http(Language language, int status);

// --- what stands in the way
ApiError engine_unavailable(Language language);            // 503 engine_unavailable
ApiError engine_overloaded(Language language);             // 503 engine_overloaded: it refused for load
ApiError queue_full(Language language);                    // 503 queue_full
ApiError queue_timeout(Language language, Millis waited);  // 503 queue_timeout
ApiError engine_failed(Language language);                 // 502 engine_error: broke off, or nonsense
ApiError engine_refused_gateway(Language language);        // 502 engine_auth_error: our key is wrong there
// What the engine found wrong with the request: its own words, introduced in Korean.
ApiError engine_rejected(Language language, int status, std::string_view reason, std::string_view code,
                         std::string_view param);
ApiError engine_timeout(Language language, Millis waited);  // 504 engine_timeout
ApiError storage_unavailable(Language language);            // 503 storage_unavailable
ApiError draining(Language language);                       // 503 shutting_down
ApiError internal_error(Language language);                 // 500 internal_error

// "sk-user1-korean-key-def" -> "sk-u*******************def"; short keys are masked whole. Never the whole key.
std::string masked_key(std::string_view key);

}  // namespace ktl::protocol
