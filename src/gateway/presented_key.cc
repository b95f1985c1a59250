#include "gateway/presented_key.h"

#include <algorithm>

#include "base/text.h"

namespace ktl::gateway {

std::string_view presented_key(const net::HeaderList& headers) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view authorization = headers.get("authorization");
  if (!equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme)) return headers.get("x-api-key");
  const std::string_view key = authorization.substr(kScheme.size());
  return key.substr(std::min(key.find_first_not_of(' '), key.size()));
}

}  // namespace ktl::gateway
