#pragma once
// One exchange with a gateway over plain HTTP, for commands. Blocks until it is done or ten seconds have passed.
#include <string>
#include <string_view>

#include "base/result.h"

namespace ktl::app {

struct GatewayQuestion {
  std::string_view method;
  std::string_view target;  // path and query
  std::string_view body;    // JSON; empty: none
  std::string_view key;     // an admin key
  std::string_view language;
};

struct GatewayAnswer {
  int status = 0;
  std::string body;
};

// `url`: "http://host:port". Errors: invalid (no such URL), not_found, unavailable, timeout.
Result<GatewayAnswer> ask_gateway(std::string_view url, const GatewayQuestion& question);

}  // namespace ktl::app
