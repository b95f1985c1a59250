#pragma once
// The language that the program speaks to its operator.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ktl::config {

enum class Language : std::uint8_t { english, korean };

// The value of an environment variable, or nullopt if it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// The environment of this process.
Environment process_environment();

// Korean if the first of LC_ALL, LC_MESSAGES and LANG that is set and not empty begins with "ko", else English.
Language language_of(const Environment& environment);

// "ko" and "en" (also "korean", "english"); nullopt for anything else.
std::optional<Language> language_named(std::string_view name);

// A sentence in both languages, of which one is said.
inline std::string_view say(Language language, std::string_view korean, std::string_view english) {
  return language == Language::korean ? korean : english;
}

}  // namespace ktl::config
