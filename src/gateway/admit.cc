// A place in flight at the engine. The limit is below what the engine can hold, so that waiting happens here, where it
// can be bounded and ended when the client leaves.
#include "gateway/departure.h"
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/messages.h"

namespace ktl::gateway {

Task<bool> admit(Exchange& x, upstream::Upstream& upstream) {
  x.permit = upstream.gate().try_enter();
  if (x.permit) {
    x.queued = x.queued.value_or(std::chrono::microseconds(0));
    co_return true;
  }
  const MonoTime came = x.on.loop.now();
  const Millis timeout = upstream.options().queue_timeout;
  upstream::Gate::Wait wait(upstream.gate(), x.on.loop, timeout);
  Departure departure(x);
  departure.watch([&wait] { wait.cancel(); });
  const upstream::Gate::Outcome outcome = co_await wait;
  x.queued = std::chrono::duration_cast<std::chrono::microseconds>(x.on.loop.now() - came);
  if (outcome == upstream::Gate::Outcome::entered) {
    x.permit = wait.permit();
    if (!departure.client_left()) co_return true;
  }
  release(x);
  if (departure.client_left()) {
    x.status = 499;
    x.outcome = "client_left";
    co_return false;
  }
  x.shared().metrics.refused_by_queue.add();
  x.count_refusal();
  protocol::ApiError error = protocol::queue_full(x.language);
  if (outcome == upstream::Gate::Outcome::timeout) error = protocol::queue_timeout(x.language, timeout);
  co_await reply_error(x, std::move(error), "retry-after: 1\r\n");
  co_return false;
}

}  // namespace ktl::gateway
