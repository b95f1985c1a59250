#pragma once
// Which language a client is spoken to in: Korean unless it prefers English.
#include <cstdint>
#include <string_view>

namespace ktl::protocol {

enum class Language : std::uint8_t { korean, english };

// RFC 9110 12.5.4, with q values. Korean if the header is absent, empty, broken, or names neither language.
Language language_of(std::string_view accept_language);

}  // namespace ktl::protocol
