// The end of a charge: what the engine said it used. Where it never said (it died, or it was told not to), what we saw
// and counted ourselves.
#include "gateway/phases.h"

namespace ktl::gateway {

namespace {

// How far our count was from the engine's, and what that says about the model's chat template.
void compare_with_engine(const Exchange& x) {
  if (!x.usage_known || !x.comparable || x.usage.prompt <= 0) return;
  if (x.model->drift) x.model->drift->record(x.prompt_tokens, x.usage.prompt);
  if (x.learnable > 0) x.model->learner->observe(x.learnable, x.prompt_tokens - x.learned_around, x.usage.prompt);
}

}  // namespace

void settle(Exchange& x, ledger::Outcome outcome) {
  if (!x.charge) return;
  Services& services = x.shared();
  services.metrics.prompt_tokens.add(static_cast<std::uint64_t>(x.usage.prompt));
  services.metrics.completion_tokens.add(static_cast<std::uint64_t>(x.usage.completion));
  services.metrics.cached_tokens.add(static_cast<std::uint64_t>(x.usage.cached));
  ModelMetrics& of_model = *x.model->metrics;
  of_model.prompt_tokens.add(static_cast<std::uint64_t>(x.usage.prompt));
  of_model.completion_tokens.add(static_cast<std::uint64_t>(x.usage.completion));
  of_model.cached_tokens.add(static_cast<std::uint64_t>(x.usage.cached));
  if (outcome == ledger::Outcome::ok) {
    compare_with_engine(x);
    note(x.script, of_model);
  }
  if (!services.options.strict_mode && outcome == ledger::Outcome::ok && protocol::generates_text(x.endpoint))
    services.expected_output.learn(x.principal->user, x.model->scope, x.usage.completion);
  x.charge.settle(x.usage, outcome);
}

void release(Exchange& x) {
  if (x.charge) x.charge.release();
}

}  // namespace ktl::gateway
