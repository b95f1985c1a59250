#pragma once
// What the dashboard says to browsers, in Korean and English. Pure.
#include <string_view>

#include "base/clock.h"
#include "protocol/api_error.h"
#include "protocol/language.h"

namespace ktl::dashboard {

protocol::ApiError foreign_page(protocol::Language language);                  // 403 foreign_page
protocol::ApiError wrong_admin_key(protocol::Language language);               // 401 invalid_api_key
protocol::ApiError too_many_logins(protocol::Language language, Millis wait);  // 429 too_many_logins

inline std::string_view say(protocol::Language language, std::string_view korean, std::string_view english) {
  return language == protocol::Language::korean ? korean : english;
}

}  // namespace ktl::dashboard
