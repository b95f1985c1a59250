#include "protocol/utf8.h"

#include <simdjson.h>

namespace ktl::protocol {

bool is_valid_utf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes);
}

}  // namespace ktl::protocol
