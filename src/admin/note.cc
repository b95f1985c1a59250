#include "admin/note.h"

namespace ktl::admin {

std::string who_asks(const Page& page) {
  const Caller& caller = page.caller;
  if (!caller.session_mask.empty()) return std::string(caller.session_mask);
  if (caller.key.empty()) return "loopback";
  const identity::KeyDigest digest = identity::digest_of(caller.key);
  if (page.catalogue->roster)
    for (const gateway::AdminKeyMask& admin : page.catalogue->roster->admin_keys)
      if (admin.digest == digest) return admin.mask;
  return std::string(caller.principal == nullptr ? "admin" : caller.principal->key_name);
}

net::Task<void> note(Page& page, std::string_view action, std::string_view target, std::string_view after) {
  Management* management = page.state.services.management;
  if (management == nullptr) co_return;
  AuditEntry entry;
  entry.who = who_asks(page);
  entry.action = action;
  entry.target = target;
  entry.after = after;
  Result<void> noted;
  const auto work = [&] { noted = management->note(std::move(entry)); };
  co_await page.gateway().offload.run(page.on.loop, work);
  if (!noted) page.gateway().log.error("not written into the log of changes", {{"action", action}});
}

}  // namespace ktl::admin
