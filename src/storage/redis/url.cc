#include "storage/redis/url.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace ktl::storage::redis {
namespace {

struct Scheme {
  std::string_view text;
  bool tls;
  bool cluster;
};
constexpr std::array<Scheme, 4> kSchemes = {{{"redis://", false, false},
                                             {"rediss://", true, false},
                                             {"redis+cluster://", false, true},
                                             {"rediss+cluster://", true, true}}};

tl::unexpected<Error> wrong(const std::string& what) {
  return fail(ErrorCode::invalid, ErrorSource::gateway, "redis URL: " + what);
}

template <class Number>
std::optional<Number> number_of(std::string_view digits) {
  Number value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

bool is_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool is_ip6(std::string_view host) {
  return host.find(':') != std::string_view::npos && std::all_of(host.begin(), host.end(), [](char c) {
           return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == '.' || c == ':';
         });
}

Result<HostPort> parse_host(std::string_view text) {
  HostPort result;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return wrong("an IPv6 address lacks its closing bracket");
    const std::string_view address = text.substr(1, close - 1);
    if (!is_ip6(address)) return wrong("what stands in brackets is not an IPv6 address");
    result.host = address;
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    if (colon != text.rfind(':')) return wrong("an IPv6 address belongs in brackets: [::1]");
    const std::string_view host = text.substr(0, colon);
    if (host.empty()) return wrong("the host is missing");
    if (!is_host(host)) return wrong("the host has a character that no host name has");
    result.host = host;
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) return result;
  const auto number = port.front() == ':' ? number_of<std::uint16_t>(port.substr(1)) : std::nullopt;
  if (!number || *number == 0) return wrong("the port must be a number from 1 to 65535");
  result.port = *number;
  return result;
}

Result<void> parse_user(std::string_view text, Url& url) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return wrong("before '@' stands user:password, or :password");
  const auto user = percent_decode(text.substr(0, colon));
  const auto password = percent_decode(text.substr(colon + 1));
  if (!user || !password) return wrong("user or password has a broken %-escape");
  if (password->empty()) return wrong("the password is empty");
  url.user = *user;
  url.password = *password;
  return {};
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const auto scheme =
      std::find_if(kSchemes.begin(), kSchemes.end(), [text](const Scheme& s) { return text.starts_with(s.text); });
  if (scheme == kSchemes.end())
    return wrong("it must begin with redis://, rediss://, redis+cluster:// or rediss+cluster://");
  Url url;
  url.tls = scheme->tls;
  url.cluster = scheme->cluster;
  text.remove_prefix(scheme->text.size());

  // The last '@' ends the user part: a password with a plain '@', '/' or '?' is told apart from the host by it.
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    const auto user = parse_user(text.substr(0, at), url);
    if (!user) return tl::unexpected(user.error());
    text.remove_prefix(at + 1);
  }
  if (text.find_first_of("?#") != std::string_view::npos)
    return wrong("options after '?' or '#' are not known; settings have keys of their own");
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && slash + 1 < text.size()) {
    const auto database = number_of<std::uint32_t>(text.substr(slash + 1));
    if (!database || *database > 65535) return wrong("after the host stands the number of the database, as in /0");
    url.database = *database;
  }
  text = text.substr(0, slash);

  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    auto host = parse_host(text.substr(begin, comma - begin));
    if (!host) return tl::unexpected(host.error());
    url.hosts.push_back(std::move(*host));
    begin = comma + 1;
  }
  if (!url.cluster && url.hosts.size() > 1) return wrong("several hosts need redis+cluster:// or rediss+cluster://");
  if (url.cluster && url.database != 0) return wrong("a cluster has no database but 0");
  return url;
}

std::string describe(const HostPort& host) {
  const bool ip6 = host.host.find(':') != std::string::npos;
  return (ip6 ? "[" + host.host + "]" : host.host) + ":" + std::to_string(host.port);
}

std::string describe(const Url& url) {
  std::string text;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.tls == url.tls && scheme.cluster == url.cluster) text = scheme.text;
  }
  for (std::size_t i = 0; i < url.hosts.size(); ++i) text += (i > 0 ? "," : "") + describe(url.hosts[i]);
  if (url.database != 0) text += "/" + std::to_string(url.database);
  return text;
}

}  // namespace ktl::storage::redis
