#include "admin/etag.h"

#include "base/text.h"
#include "identity/directory.h"

namespace ktl::admin {

std::string etag_of(std::string_view settable) {
  constexpr std::size_t kBytes = 12;
  const identity::KeyDigest digest = identity::digest_of(settable);
  return "\"" + to_hex({reinterpret_cast<const char*>(digest.data()), kBytes}) + "\"";
}

bool matches(std::string_view if_match, std::string_view etag) {
  if (if_match.empty()) return true;
  while (!if_match.empty()) {
    const std::size_t comma = if_match.find(',');
    std::string_view one = if_match.substr(0, comma);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    if (one == "*" || one == etag) return true;
    if_match.remove_prefix(comma == std::string_view::npos ? if_match.size() : comma + 1);
  }
  return false;
}

}  // namespace ktl::admin
