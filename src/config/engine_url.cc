#include "config/engine_url.h"

#include <algorithm>
#include <charconv>

namespace ktl::config {

std::optional<EngineAddress> parse_engine_url(std::string_view url) {
  constexpr std::string_view scheme = "http://";
  if (!url.starts_with(scheme)) return std::nullopt;
  url.remove_prefix(scheme.size());
  const std::size_t slash = std::min(url.find('/'), url.size());
  const std::string_view path = url.substr(slash);
  if (!path.empty() && path != "/" && path != "/v1" && path != "/v1/") return std::nullopt;
  std::string_view authority = url.substr(0, slash);

  EngineAddress address;
  address.port = 80;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    address.host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    address.host = authority.substr(0, colon);
    authority.remove_prefix(colon);
  }
  const auto host_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == ':';
  };
  if (address.host.empty() || !std::all_of(address.host.begin(), address.host.end(), host_character))
    return std::nullopt;
  if (authority.empty()) return address;
  if (authority[0] != ':') return std::nullopt;
  authority.remove_prefix(1);
  const auto [end, error] = std::from_chars(authority.data(), authority.data() + authority.size(), address.port);
  if (error != std::errc() || end != authority.data() + authority.size() || address.port == 0) return std::nullopt;
  return address;
}

}  // namespace ktl::config
