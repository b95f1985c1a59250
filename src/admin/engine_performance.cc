// GET /admin/sglang/performance: how busy the engines are, and how fast the gateway works. Field names of the original
// system; an engine that does not answer leaves its fields null.
#include <cmath>

#include "admin/inquiry.h"
#include "admin/pages.h"
#include "upstream/engine_reading.h"

namespace ktl::admin {
namespace {

using upstream::EngineCounters;
using upstream::EngineReading;

constexpr Millis kPatience{2'000};

// One engine, as the page shows it.
struct EngineView {
  upstream::Upstream* engine = nullptr;
  EngineReading reading{};
  std::optional<double> cached_tokens{};  // of the last minute or, if it had none, of the engine's life …
  std::optional<double> prompt_tokens{};  // … found in the cache, and asked for
};

net::Task<void> ask(upstream::Link& link, EngineView& view) {
  const bool sglang = link.upstream().options().type == upstream::EngineType::sglang;
  if (sglang) {
    auto loads =
        co_await link.fetch("GET", "/v1/loads?include=core,queues,memory", {}, upstream::Link::Key::normal, kPatience);
    if (!loads) co_return;
    view.reading.answered = true;
    if (loads->status == 200) read_loads(loads->body, view.reading);
  }
  auto metrics = co_await link.fetch("GET", "/metrics", {}, upstream::Link::Key::normal, kPatience);
  if (!metrics) co_return;
  view.reading.answered = true;
  if (metrics->status == 200) {
    read_metrics(metrics->body, view.reading);
  } else {
    view.reading.tokens_per_second.reset();  // /v1/loads says 0 there when the engine runs without metrics
  }
}

std::optional<double> rounded(std::optional<double> value) {
  if (!value) return value;
  return std::round(*value * 1e4) / 1e4;
}

void add(std::optional<double>& sum, const std::optional<double>& value) {
  if (value) sum = sum.value_or(0) + *value;
}

std::optional<double> share(const std::optional<double>& part, const std::optional<double>& whole) {
  if (!part || whole.value_or(0) <= 0) return std::nullopt;
  return *part / *whole;
}

std::optional<std::int64_t> whole(const std::optional<double>& value) {
  if (!value || !(std::fabs(*value) < 9e15)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

void note_cache_use(EngineView& view, State& state, MonoTime now) {
  if (!view.reading.counters) return;
  const EngineCounters& counters = *view.reading.counters;
  const std::lock_guard lock(state.rates_mutex);
  const auto gain = state.engine_rates[view.engine].look(
      now, {counters.prompt_tokens, counters.cached_tokens, counters.generated_tokens});
  const bool recent = gain.values[0] > 0;
  view.prompt_tokens = recent ? gain.values[0] : counters.prompt_tokens;
  view.cached_tokens = recent ? gain.values[1] : counters.cached_tokens;
  if (!view.reading.tokens_per_second && gain.seconds > 0) view.reading.tokens_per_second = gain.per_second(2);
}

void write_engine(JsonWriter& json, const EngineView& view) {
  const EngineReading& reading = view.reading;
  json.field("queue_length", whole(reading.waiting)).field("running_requests", whole(reading.running));
  json.field("memory_usage", rounded(reading.kv_share))
      .field("cache_hit_rate", rounded(share(view.cached_tokens, view.prompt_tokens)));
  json.key("memory").begin_object();
  json.field("used_tokens", whole(reading.used_tokens)).field("token_capacity", whole(reading.capacity_tokens));
  json.field("weight_gb", rounded(reading.weight_gb)).field("kv_cache_gb", rounded(reading.kv_cache_gb)).end_object();
}

// All engines as one.
EngineView together(const std::vector<EngineView>& views) {
  EngineView all;
  std::optional<double> share_sum;
  double shares = 0;
  for (const EngineView& view : views) {
    const EngineReading& reading = view.reading;
    all.reading.answered = all.reading.answered || reading.answered;
    add(all.reading.running, reading.running);
    add(all.reading.waiting, reading.waiting);
    add(all.reading.used_tokens, reading.used_tokens);
    add(all.reading.capacity_tokens, reading.capacity_tokens);
    add(all.reading.tokens_per_second, reading.tokens_per_second);
    add(all.reading.weight_gb, reading.weight_gb);
    add(all.reading.kv_cache_gb, reading.kv_cache_gb);
    add(all.cached_tokens, view.cached_tokens);
    add(all.prompt_tokens, view.prompt_tokens);
    add(share_sum, reading.kv_share);
    shares += reading.kv_share ? 1 : 0;
  }
  if (share_sum) all.reading.kv_share = *share_sum / shares;
  return all;
}

}  // namespace

net::Task<Answer> engine_performance(Page& page) {
  std::vector<EngineView> views;
  for (upstream::Upstream* engine : page.state.services.upstreams) views.push_back({.engine = engine});
  Inquiry all(page.on.loop);
  for (EngineView& view : views) all.start(ask(page.on.links.to(*view.engine), view));
  co_await all;

  const MonoTime now = page.gateway().clock.mono();
  for (EngineView& view : views) note_cache_use(view, page.state, now);
  const EngineView sum = together(views);
  const auto gain = page.state.look_at_gateway();
  std::int64_t waiting_here = 0;
  for (const EngineView& view : views) waiting_here += view.engine->gate().waiting();

  JsonWriter json;
  json.begin_object();
  json.field("sglang_server", sum.reading.answered ? "healthy" : "unreachable");
  json.field("requests_per_second", rounded(gain.per_second(0)));
  json.field("tokens_per_second",
             rounded(sum.reading.answered && !sum.reading.tokens_per_second ? std::optional(gain.per_second(2))
                                                                            : sum.reading.tokens_per_second));
  write_engine(json, sum);
  json.field("timestamp", timestamp(page.gateway().clock.wall()));
  json.key("gateway").begin_object();
  json.field("in_flight", page.gateway().metrics.in_flight.value()).field("queue_length", waiting_here);
  json.field("requests_per_second", rounded(gain.per_second(0)));
  json.field("prompt_tokens_per_second", rounded(gain.per_second(1)));
  json.field("completion_tokens_per_second", rounded(gain.per_second(2)));
  json.field("window_seconds", rounded(gain.seconds)).end_object();
  json.key("upstreams").begin_array();
  for (const EngineView& view : views) {
    json.begin_object().field("name", view.engine->name());
    json.field("status", view.reading.answered ? "healthy" : "unreachable");
    json.field("tokens_per_second", rounded(view.reading.tokens_per_second));
    write_engine(json, view);
    json.end_object();
  }
  json.end_array().end_object();
  co_return answer_of(json);
}

}  // namespace ktl::admin
