#include "dashboard/browser.h"

#include "base/text.h"

namespace ktl::dashboard {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// "https://dash.example.com:8501" → "dash.example.com:8501"
std::string_view authority_of(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? std::string_view{} : origin.substr(scheme + 3);
}

}  // namespace

std::string_view cookie(const net::HeaderList& headers, std::string_view name) {
  std::string_view rest = headers.get("cookie");
  while (!rest.empty()) {
    const std::size_t end = rest.find(';');
    const std::string_view pair = trimmed(rest.substr(0, end));
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) return pair.substr(equals + 1);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  }
  return {};
}

std::string session_cookie_line(std::string_view name, std::string_view value, const net::HeaderList& headers) {
  std::string line = "set-cookie: ";
  line.append(name).append("=").append(value).append("; Path=/; HttpOnly; SameSite=Strict");
  if (equals_ignoring_case(headers.get("x-forwarded-proto"), "https")) line += "; Secure";
  line += value.empty() ? "; Max-Age=0\r\n" : "; Max-Age=2592000\r\n";
  return line;
}

bool is_foreign(const net::HeaderList& headers) {
  const std::string_view site = headers.get("sec-fetch-site");
  if (!site.empty()) {
    // A link or a bookmark may lead here; nothing else from another site may.
    const bool navigation = headers.get("sec-fetch-mode") == "navigate" && !headers.has("origin");
    return site != "same-origin" && site != "none" && !navigation;
  }
  if (!headers.has("origin")) return false;
  const std::string_view authority = authority_of(headers.get("origin"));
  return authority.empty() || !equals_ignoring_case(authority, headers.get("host"));
}

bool is_deliberate(const net::HeaderList& headers) {
  return !is_foreign(headers) && headers.has(kDeliberateHeader) &&
         (headers.has("origin") || headers.get("sec-fetch-site") == "same-origin");
}

std::string_view page_security_lines() {
  return "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
         "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
         "frame-ancestors 'none'\r\n"
         "x-content-type-options: nosniff\r\nx-frame-options: DENY\r\nreferrer-policy: no-referrer\r\n"
         "cross-origin-opener-policy: same-origin\r\ncross-origin-resource-policy: same-origin\r\n"
         "permissions-policy: camera=(), microphone=(), geolocation=()\r\n";
}

}  // namespace ktl::dashboard
