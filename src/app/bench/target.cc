#include "app/bench/target.h"

#include <algorithm>
#include <charconv>

namespace ktl::app::bench {
namespace {

bool is_url_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && port > 0;
}

}  // namespace

Result<Target> parse_target(std::string_view url) {
  const auto wrong = [](std::string why) { return fail(ErrorCode::invalid, ErrorSource::client, std::move(why)); };
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://")) return wrong("https is not supported");
  if (!url.starts_with(kScheme)) return wrong("does not begin with http://");
  if (!is_url_text(url) || url.find_first_of("?#@") != std::string_view::npos)
    return wrong("only http://host:port/path is understood");

  Target target;
  target.name = url;
  std::string_view rest = url.substr(kScheme.size());
  const std::string_view authority = rest.substr(0, rest.find('/'));
  std::string_view path = rest.substr(authority.size());
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with("/v1")) path.remove_suffix(3);
  target.authority = authority;
  target.base_path = path;

  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return wrong("a bracket is not closed");
    target.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    target.host = authority.substr(0, authority.find(':'));
    port = authority.substr(target.host.size());
  }
  if (target.host.empty()) return wrong("no host");
  if (!port.empty() && (port.front() != ':' || !read_port(port.substr(1), target.port)))
    return wrong("the port is not a number from 1 to 65535");
  return target;
}

bool only_loopback(const std::vector<net::Address>& addresses) {
  return !addresses.empty() &&
         std::all_of(addresses.begin(), addresses.end(), [](const net::Address& a) { return a.is_loopback(); });
}

}  // namespace ktl::app::bench
