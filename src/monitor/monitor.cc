#include "monitor/monitor.h"

#include "monitor/troubles.h"

namespace ktl::monitor {

Monitor::Monitor(gateway::LoopServices& on, const std::vector<upstream::Upstream*>& upstreams, Options options)
    : on_(on), options_(std::move(options)), started_(on.shared.clock.wall()) {
  engines_.reserve(upstreams.size());
  for (upstream::Upstream* upstream : upstreams) engines_.emplace_back(on.links.to(*upstream));
}

// All but the first sample are taken in the middle of a second, so that each falls into a second of its own.
void Monitor::start() {
  const Millis into_second{on_.shared.clock.wall().time_since_epoch().count() % 1'000};
  due_ = on_.loop.now() + (Millis(1'500) - into_second) % options_.interval - options_.interval;
  tick();
}

// The sample first: it holds what the questions of the tick before brought.
void Monitor::tick() {
  const auto sample = std::make_shared<const Sample>(take());
  for (const Listener& listener : listeners_) listener(sample);
  for (EngineWatch& engine : engines_) engine.ask();
  due_ += options_.interval;
  if (due_ <= on_.loop.now()) due_ = on_.loop.now() + options_.interval;  // a second that was missed is not made up for
  on_.loop.arm(next_, due_, [this] { tick(); });
}

Sample Monitor::take() {
  const gateway::Services& services = on_.shared;
  traffic_.add(on_.loop.now(), tally_of(services.metrics));
  Sample sample;
  sample.sequence = ++sequence_;
  sample.at = services.clock.wall();
  sample.interval = options_.interval;
  sample.started = started_;
  sample.draining = services.draining.load(std::memory_order_relaxed);
  sample.store = store_state();
  sample.totals = traffic_.newest();
  sample.now = traffic_.last();
  sample.minute = traffic_.minute();
  sample.in_flight = services.metrics.in_flight.value();
  sample.open_reservations = services.accounting.open_reservations();
  for (EngineWatch& engine : engines_) {
    sample.engines.push_back(engine.sample(sample.at));
    sample.queue_length += sample.engines.back().queue_length;
  }
  if (options_.gpu) sample.gpu = options_.gpu();
  troubles_ = troubles_of(sample, troubles_);
  sample.troubles = troubles_;
  return sample;
}

StoreState Monitor::store_state() const {
  gateway::Accounting& accounting = on_.shared.accounting;
  ledger::Journal::Health health = accounting.journal().health();
  StoreState state;
  state.kind = options_.store_kind;
  state.accepting = health.accepting;
  state.lost = health.lost;
  state.reason = std::move(health.reason);
  state.lag_entries = health.lag_entries;
  state.lag_milliseconds = health.lag_milliseconds;
  if (const auto loss = accounting.loss()) state.on_loss = gateway::name_of(*loss);
  return state;
}

}  // namespace ktl::monitor
