#include "monitor/engine_watch.h"

namespace ktl::monitor {
namespace {

using upstream::Link;

constexpr Millis kPatience{1'000};
constexpr Millis kMetricsPatience{3'000};
constexpr Millis kMetricsInterval{5'000};
constexpr std::size_t kLimitChanges = 50;

void note_failure(EngineHistory& history, MonoTime now, const Error& error) {
  // Link::fetch fails before the engine could have seen anything only where there is no connection.
  if (error.retry == Retry::yes) {
    history.note_unreachable(now);
  } else {
    history.note_silence(now);
  }
}

}  // namespace

EngineWatch::EngineWatch(Link& link) : link_(link), limit_(link.upstream().gate().limit()) {}

void EngineWatch::ask() {
  net::EventLoop& loop = link_.loop();
  const bool sglang = link_.upstream().options().type == upstream::EngineType::sglang;
  if (sglang && !answers_->asking_load) {
    answers_->asking_load = true;
    loop.spawn(ask_load(link_, answers_));
  }
  if (answers_->asking_metrics || loop.now() < metrics_due_) return;
  if (sglang) metrics_due_ = loop.now() + kMetricsInterval - Millis(500);
  answers_->asking_metrics = true;
  loop.spawn(ask_metrics(link_, answers_, !sglang));
}

net::Task<void> EngineWatch::ask_load(Link& link, std::shared_ptr<Answers> answers) {
  auto loads = co_await link.fetch("GET", "/v1/loads?include=core,queues,memory", {}, Link::Key::normal, kPatience);
  answers->asking_load = false;
  const MonoTime now = link.loop().now();
  if (!loads) {
    note_failure(answers->history, now, loads.error());
    co_return;
  }
  upstream::EngineReading reading;
  if (loads->status == 200) upstream::read_loads(loads->body, reading);
  answers->history.note_load(now, reading);
}

net::Task<void> EngineWatch::ask_metrics(Link& link, std::shared_ptr<Answers> answers, bool decides_status) {
  const Millis patience = decides_status ? kPatience : kMetricsPatience;
  auto metrics = co_await link.fetch("GET", "/metrics", {}, Link::Key::normal, patience);
  answers->asking_metrics = false;
  const MonoTime now = link.loop().now();
  if (!metrics) {
    if (decides_status) note_failure(answers->history, now, metrics.error());
    co_return;
  }
  if (metrics->status != 200) {
    answers->history.note_no_metrics(now);
    co_return;
  }
  upstream::EngineReading reading;
  upstream::read_metrics(metrics->body, reading);
  answers->history.note_metrics(now, reading);
}

// Nothing but an operator's order (POST /admin/sglang/optimize) moves it.
void EngineWatch::follow_limit(WallTime now, std::int64_t limit) {
  if (limit == limit_) return;
  limit_changes_.push_back({.at = now, .from = limit_, .to = limit, .reason = "operator"});
  if (limit_changes_.size() > kLimitChanges) limit_changes_.pop_front();
  limit_ = limit;
}

EngineSample EngineWatch::sample(WallTime now) {
  const upstream::Upstream& engine = link_.upstream();
  EngineSample sample;
  sample.name = engine.name();
  sample.type = engine.options().type;
  sample.version = engine.version();
  sample.figures = answers_->history.figures(link_.loop().now());
  if (sample.figures.status != status_ || status_since_ == WallTime{}) status_since_ = now;
  status_ = sample.figures.status;
  sample.status_since = status_since_;
  sample.in_flight = engine.gate().running();
  sample.in_flight_limit = engine.gate().limit();
  sample.queue_length = engine.gate().waiting();
  sample.queue_limit = engine.options().in_flight.queue_limit;
  follow_limit(now, sample.in_flight_limit);
  sample.limit_changes = limit_changes_;
  return sample;
}

}  // namespace ktl::monitor
