#pragma once
// Where clients put their key: `Authorization: Bearer …`, or `x-api-key` as Anthropic's SDK sends it.
#include <string_view>

#include "net/http_message.h"

namespace ktl::gateway {

// Empty if there is none. A view into the headers.
std::string_view presented_key(const net::HeaderList& headers);

}  // namespace ktl::gateway
