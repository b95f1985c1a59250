// The decision: every scope and every window has room for the worst case, and it is written down; or nothing happens.
#include <coroutine>

#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/messages.h"

namespace ktl::gateway {
namespace {

// Waits until a journal entry survives a power loss (storage.group_commit_ms: 0).
struct OnDisk {
  ledger::Journal& journal;
  ledger::Sequence sequence;
  net::EventLoop& loop;
  bool written = true;

  bool await_ready() const { return journal.synced(sequence); }
  void await_suspend(std::coroutine_handle<> waiter) {
    journal.when_synced(sequence, [this, waiter](bool ok) {
      loop.post([this, waiter, ok] {
        written = ok;
        waiter.resume();
      });
    });
  }
  bool await_resume() const { return written; }
};

}  // namespace

Task<bool> reserve(Exchange& x) {
  Services& services = x.shared();
  std::optional<Accounting::Reserved> decided;
  if (quota::SharedLimits* shared = x.on.shared_limits.get(); shared != nullptr) {
    decided = co_await services.accounting.reserve(*shared, x.scopes(), x.reserve_tokens);
  } else {
    decided = services.accounting.reserve(x.scopes(), x.reserve_tokens);
  }
  Accounting::Reserved& decision = *decided;
  if (decision) {
    if (const auto* denied = std::get_if<quota::Denied>(&*decision)) {
      co_await reply_denied(x, *denied);
      co_return false;
    }
    x.charge = std::get<Charge>(std::move(*decision));
    if (x.charge.leased()) services.metrics.leased.add();
    if (x.charge.unshared()) {
      x.admitted_unshared = true;
      services.metrics.unshared.add();
    }
    if (!services.options.wait_for_disk) co_return true;
    OnDisk on_disk{services.accounting.journal(), x.charge.sequence(), x.on.loop};
    const bool written = co_await on_disk;
    if (written) co_return true;
    release(x);
  } else {
    services.log.warn("the store refuses new work", {{"reason", decision.error().message}});
  }
  services.metrics.store_refusals.add();
  x.count_refusal();
  co_await reply_error(x, protocol::storage_unavailable(x.language), "retry-after: 2\r\n");
  co_return false;
}

}  // namespace ktl::gateway
