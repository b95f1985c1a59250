#pragma once
// The login without scripts, the page of a binary without the web page, and what a login says. Pure.
#include <optional>
#include <string>
#include <string_view>

#include "protocol/language.h"

namespace ktl::dashboard {

// An HTML page. `problem`: what was wrong with the last attempt, or empty.
std::string login_form(protocol::Language language, std::string_view problem);

// This binary was built without Node.js: what still works, and how to get the page.
std::string page_without_scripts(protocol::Language language);

// The admin key that was sent: {"key": "…"}, or key=… of the form. nullopt: none.
std::optional<std::string> key_of_json(std::string_view body);
std::optional<std::string> key_of_form(std::string_view body);

}  // namespace ktl::dashboard
