// The refusals that need no body: a banned key, no request left in a window, too many in flight, a gateway on its way
// out. They cost the client nothing and us next to nothing.
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/messages.h"

namespace ktl::gateway {
namespace {

ScopeKind kind_of(const Exchange& x, ScopeId scope) {
  if (scope == x.principal->key) return ScopeKind::key;
  if (scope == x.principal->user) return ScopeKind::user;
  return scope == x.catalogue->global_scope ? ScopeKind::global : ScopeKind::group;
}

}  // namespace

Task<bool> refuse_early(Exchange& x) {
  Services& services = x.shared();
  if (services.draining.load(std::memory_order_relaxed)) {
    co_await reply_error(x, protocol::draining(x.language), "retry-after: 5\r\n");
    co_return false;
  }
  const Accounting::Early early = services.accounting.check_early(x.scopes());
  if (const auto* banned = std::get_if<quota::Banned>(&early)) {
    services.metrics.refused_by_ban.add();
    x.limit = "ban";
    Refusal refusal;
    refusal.kind = kind_of(x, banned->ban.scope);
    refusal.name = x.catalogue->name_of(banned->ban.scope);
    refusal.retry_after = banned->retry_after;
    note_refusal(x, std::move(refusal));
    std::string advice;
    const Millis wait = banned->retry_after.value_or(Millis(0));
    if (banned->retry_after) protocol::append_retry_headers(advice, {.after = wait});
    co_await reply_error(x, protocol::key_banned(x.language, wait), std::move(advice));
    co_return false;
  }
  if (const auto* denied = std::get_if<quota::Denied>(&early)) {
    co_await reply_denied(x, *denied);
    co_return false;
  }
  co_return true;
}

}  // namespace ktl::gateway
