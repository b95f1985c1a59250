#pragma once
// What a browser's request says about where it comes from, and what is said to browsers with each answer. Pure.
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace ktl::dashboard {

// The value of that cookie, or empty. The first of several counts.
std::string_view cookie(const net::HeaderList& headers, std::string_view name);

// A Set-Cookie line for the session: not for scripts, not for other sites, and over TLS only if a proxy says that TLS
// ends there. An empty value takes the cookie away.
std::string session_cookie_line(std::string_view name, std::string_view value, const net::HeaderList& headers);

// Did another site's page send this? A browser says so (Sec-Fetch-Site, Origin); what says neither is no browser, or
// a browser's plain navigation.
bool is_foreign(const net::HeaderList& headers);

// Does a request with the session's cookie really mean what it asks? It must come from our own page (is_foreign), and
// carry a header that no form can send.
bool is_deliberate(const net::HeaderList& headers);
inline constexpr std::string_view kDeliberateHeader = "x-token-limiter-dashboard";

// Header lines for pages and files: what the browser may do with them. No inline script or style, nothing from
// elsewhere, no frames.
std::string_view page_security_lines();

}  // namespace ktl::dashboard
