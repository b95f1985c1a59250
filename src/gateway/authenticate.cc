// Who asks: `Authorization: Bearer …`, or `x-api-key` as Anthropic's SDK sends it. The key's digest is looked up, and
// all of it is compared in constant time; the key itself is neither kept nor logged.
#include "base/text.h"
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/messages.h"

namespace ktl::gateway {
namespace {

std::string_view presented_key(const net::RequestHead& head) {
  const std::string_view authorization = head.headers.get("authorization");
  constexpr std::string_view scheme = "bearer ";
  if (authorization.size() > scheme.size() && equals_ignoring_case(authorization.substr(0, scheme.size()), scheme)) {
    std::string_view key = authorization.substr(scheme.size());
    while (!key.empty() && key.front() == ' ') key.remove_prefix(1);
    return key;
  }
  return head.headers.get("x-api-key");
}

}  // namespace

Task<bool> authenticate(Exchange& x) {
  const std::string_view key = presented_key(x.http.head());
  x.principal = key.empty() ? x.catalogue->anonymous.get() : x.catalogue->directory->find(identity::digest_of(key));
  if (x.principal == nullptr) {
    protocol::ApiError error = protocol::missing_api_key(x.language);
    if (!key.empty()) error = protocol::invalid_api_key(x.language, key);
    co_await reply_error(x, std::move(error), "www-authenticate: Bearer\r\n");
    co_return false;
  }
  x.add_scope(x.principal->key);
  x.add_scope(x.principal->user);
  x.add_scope(x.catalogue->global_scope);
  for (const ScopeId group : x.principal->groups) x.add_scope(group);
  co_return true;
}

}  // namespace ktl::gateway
