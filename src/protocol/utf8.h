#pragma once
// Fast check of large texts (base/text.h has the plain one). Vectorised.
#include <string_view>

namespace ktl::protocol {

bool is_valid_utf8(std::string_view bytes);

}  // namespace ktl::protocol
