// Who asks. The presented key's digest is looked up, and all of it is compared in constant time; the key itself is
// neither kept nor logged.
#include "gateway/phases.h"
#include "gateway/presented_key.h"
#include "gateway/reply.h"
#include "protocol/messages.h"

namespace ktl::gateway {
Task<bool> authenticate(Exchange& x) {
  const std::string_view key = presented_key(x.http.head().headers);
  if (x.on_behalf_of != ScopeId::none) {
    x.principal = x.catalogue->directory->owner_of(x.on_behalf_of);
  } else {
    x.principal = key.empty() ? x.catalogue->anonymous.get() : x.catalogue->directory->find(identity::digest_of(key));
  }
  if (x.principal != nullptr && x.principal->expired(x.arrived)) x.principal = nullptr;
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
