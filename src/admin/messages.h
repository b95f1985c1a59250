#pragma once
// What the admin pages say to their callers beyond protocol/messages.h, in Korean and English. Pure.
#include <string_view>

#include "protocol/api_error.h"
#include "protocol/language.h"

namespace ktl::admin {

using protocol::ApiError;
using protocol::Language;

ApiError not_your_account(Language language);                             // 403 permission_denied
ApiError missing_value(Language language, std::string_view name);         // 400 missing_required_parameter
ApiError invalid_value(Language language, std::string_view name);         // 400 invalid_value
ApiError invalid_query(Language language);                                // 400 invalid_query
ApiError invalid_body(Language language);                                 // 400 invalid_json
ApiError exact_count_unavailable(Language language);                      // 400 unsupported_value
ApiError ambiguous_name(Language language, std::string_view name);        // 409 ambiguous_name
ApiError reload_failed(Language language, std::string_view reason);       // 422 reload_failed
ApiError reload_unavailable(Language language);                           // 501 not_implemented
ApiError no_sample_yet(Language language);                                // 503 not_ready
ApiError too_many_viewers(Language language);                             // 503 too_many_viewers
ApiError unknown_engine(Language language, std::string_view name);        // 404 not_found
ApiError engine_tells_nothing(Language language, std::string_view name);  // 502 engine_unavailable
ApiError history_unavailable(Language language);                          // 503 history_unavailable
ApiError precondition_failed(Language language);                          // 412 precondition_failed
ApiError already_exists(Language language, std::string_view name);        // 409 already_exists
ApiError configured(Language language, std::string_view name);            // 409 configured
ApiError key_is_revoked(Language language);                               // 409 revoked
ApiError cannot_be(Language language, std::string_view reason);           // 409 too_many_groups

}  // namespace ktl::admin
