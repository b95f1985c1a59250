#pragma once
// Where Redis is, as the configuration writes it:
//   redis://[[user]:password@]host[:port][/db]             one server; rediss:// with TLS
//   redis+cluster://[[user]:password@]host[:port],host…    a cluster, by any of its nodes; rediss+cluster:// with TLS
// IPv6 addresses stand in brackets; user and password are percent-encoded. Port 6379 if none is said.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ktl::storage::redis {

struct HostPort {
  std::string host;
  std::uint16_t port = 6379;
  bool operator==(const HostPort&) const = default;
};

struct Url {
  bool tls = false;
  bool cluster = false;
  std::string user;      // empty: the server's default user
  std::string password;  // secret: never in a message
  std::uint32_t database = 0;
  std::vector<HostPort> hosts;  // at least one; exactly one without `cluster`
};

// Error: invalid, in words that say what is wrong and repeat neither user nor password.
Result<Url> parse_url(std::string_view text);

// The URL for people: scheme, hosts and database, without user and password.
std::string describe(const Url& url);

// "10.0.0.1:6379", "[::1]:6379".
std::string describe(const HostPort& host);

}  // namespace ktl::storage::redis
