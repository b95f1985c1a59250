#include "admin/cors.h"

#include <algorithm>

namespace ktl::admin {
namespace {

constexpr std::string_view kReadableHeaders =
    "retry-after, retry-after-ms, x-request-id, x-should-retry, x-ratelimit-limit-requests, "
    "x-ratelimit-remaining-requests, x-ratelimit-reset-requests, x-ratelimit-limit-tokens, "
    "x-ratelimit-remaining-tokens, x-ratelimit-reset-tokens";

// A list of header names, and nothing that could end a header line.
bool is_name_list(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == ',' || c == ' ';
  });
}

}  // namespace

std::string cors_lines(const net::HeaderList& headers, std::span<const std::string> allowed) {
  if (allowed.empty()) return {};
  std::string lines = "vary: origin\r\n";
  const std::string_view origin = headers.get("origin");
  const bool granted = !origin.empty() && std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) {
    return one == "*" || one == origin;
  });
  if (!granted) return lines;
  lines.append("access-control-allow-origin: ").append(origin).append("\r\n");
  lines.append("access-control-expose-headers: ").append(kReadableHeaders).append("\r\n");
  return lines;
}

std::string preflight_lines(const net::HeaderList& headers, std::string_view allowed_methods) {
  std::string lines;
  lines.append("access-control-allow-methods: ").append(allowed_methods).append("\r\n");
  const std::string_view asked = headers.get("access-control-request-headers");
  lines.append("access-control-allow-headers: ");
  lines.append(is_name_list(asked) ? asked : std::string_view("authorization, content-type, x-api-key"));
  lines.append("\r\naccess-control-max-age: 600\r\n");
  return lines;
}

}  // namespace ktl::admin
