#pragma once
// Where to send the load: an http:// URL, taken apart.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/address.h"

namespace ktl::app::bench {

struct Target {
  std::string name;  // as the user wrote it
  std::string host;  // without the brackets of an IPv6 address
  std::uint16_t port = 80;
  std::string authority;  // for the Host header
  std::string base_path;  // before /v1/…, without the slash at its end; usually empty
};

// http://host[:port][/path], a last /v1 taken off. Error invalid: why it is none (in English, for the log).
Result<Target> parse_target(std::string_view url);

// True if every address is of this machine.
bool only_loopback(const std::vector<net::Address>& addresses);

}  // namespace ktl::app::bench
