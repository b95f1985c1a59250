// The end of a charge: what the engine said it used. Where it never said (it died, or it was told not to), what we saw
// and counted ourselves.
#include "gateway/phases.h"

namespace ktl::gateway {

void settle(Exchange& x, ledger::Outcome outcome) {
  if (!x.charge) return;
  Services& services = x.shared();
  services.metrics.prompt_tokens.add(static_cast<std::uint64_t>(x.usage.prompt));
  services.metrics.completion_tokens.add(static_cast<std::uint64_t>(x.usage.completion));
  services.metrics.cached_tokens.add(static_cast<std::uint64_t>(x.usage.cached));
  if (!services.options.strict_mode && outcome == ledger::Outcome::ok && protocol::generates_text(x.endpoint))
    services.expected_output.learn(x.principal->user, x.model->scope, x.usage.completion);
  x.charge.settle(x.usage, outcome);
}

void release(Exchange& x) {
  if (x.charge) x.charge.release();
}

}  // namespace ktl::gateway
