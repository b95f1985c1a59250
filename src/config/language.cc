#include "config/language.h"

#include <cstdlib>

namespace ktl::config {

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

Language language_of(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const auto value = environment(name);
    if (value && !value->empty()) return value->starts_with("ko") ? Language::korean : Language::english;
  }
  return Language::english;
}

std::optional<Language> language_named(std::string_view name) {
  if (name == "ko" || name == "korean") return Language::korean;
  if (name == "en" || name == "english") return Language::english;
  return std::nullopt;
}

}  // namespace ktl::config
