#include "monitor/tally.h"

#include <numeric>

#include "base/check.h"

namespace ktl::monitor {
namespace {

constexpr std::array<std::string_view, 3> kOtherRefusals{"banned", "queue", "store"};

Spread spread_of(const telemetry::Histogram& histogram) {
  auto now = histogram.snapshot();
  return {std::move(now.counts), now.sum};
}

Spread gained(const Spread& now, const Spread& before) {
  Spread gain = now;
  if (before.counts.empty()) return gain;
  for (std::size_t i = 0; i < gain.counts.size(); ++i) gain.counts[i] -= before.counts[i];
  gain.sum -= before.sum;
  return gain;
}

ModelTally tally_of(const gateway::ModelMetrics& metrics) {
  return {.model = metrics.model,
          .requests = metrics.requests.value(),
          .prompt_tokens = metrics.prompt_tokens.value(),
          .completion_tokens = metrics.completion_tokens.value(),
          .cached_tokens = metrics.cached_tokens.value(),
          .refused = metrics.refused.value(),
          .errors = metrics.engine_failures.value(),
          .hangul_characters = metrics.hangul_characters.value(),
          .latin_characters = metrics.latin_characters.value(),
          .other_characters = metrics.other_characters.value(),
          .korean_tokens = metrics.korean_tokens.value(),
          .korean_syllables = metrics.korean_syllables.value(),
          .exact_tokens = metrics.exact_tokens.value(),
          .estimated_tokens = metrics.estimated_tokens.value(),
          .first_token = spread_of(metrics.first_token),
          .inter_token = spread_of(metrics.inter_token)};
}

ModelTally gained(const ModelTally& now, const ModelTally& before) {
  return {.model = now.model,
          .requests = now.requests - before.requests,
          .prompt_tokens = now.prompt_tokens - before.prompt_tokens,
          .completion_tokens = now.completion_tokens - before.completion_tokens,
          .cached_tokens = now.cached_tokens - before.cached_tokens,
          .refused = now.refused - before.refused,
          .errors = now.errors - before.errors,
          .hangul_characters = now.hangul_characters - before.hangul_characters,
          .latin_characters = now.latin_characters - before.latin_characters,
          .other_characters = now.other_characters - before.other_characters,
          .korean_tokens = now.korean_tokens - before.korean_tokens,
          .korean_syllables = now.korean_syllables - before.korean_syllables,
          .exact_tokens = now.exact_tokens - before.exact_tokens,
          .estimated_tokens = now.estimated_tokens - before.estimated_tokens,
          .first_token = gained(now.first_token, before.first_token),
          .inter_token = gained(now.inter_token, before.inter_token)};
}

}  // namespace

std::string_view name_of_refusal(std::size_t kind) {
  KTL_CHECK(kind < kRefusalKinds, "there are only so many reasons to refuse");
  if (kind < quota::kLimitKinds) return quota::name_of(static_cast<quota::LimitKind>(kind));
  return kOtherRefusals[kind - quota::kLimitKinds];
}

std::uint64_t Spread::total() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

void add(Spread& to, const Spread& more) {
  if (more.counts.empty()) return;
  if (to.counts.empty()) to.counts.resize(more.counts.size());
  KTL_CHECK(to.counts.size() == more.counts.size(), "only histograms of one shape are added");
  for (std::size_t i = 0; i < more.counts.size(); ++i) to.counts[i] += more.counts[i];
  to.sum += more.sum;
}

std::uint64_t Tally::all_refused() const {
  return std::accumulate(refused.begin(), refused.end(), std::uint64_t{0});
}

Tally tally_of(const gateway::Metrics& metrics) {
  Tally tally;
  tally.prompt_tokens = metrics.prompt_tokens.value();
  tally.completion_tokens = metrics.completion_tokens.value();
  tally.cached_tokens = metrics.cached_tokens.value();
  tally.errors = metrics.engine_failures.value();
  tally.clients_left = metrics.clients_left.value();
  tally.bans = metrics.bans.value();
  tally.unshared = metrics.unshared.value();
  for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind)
    tally.refused[kind] = metrics.refused(static_cast<quota::LimitKind>(kind)).value();
  tally.refused[quota::kLimitKinds] = metrics.refused_by_ban.value();
  tally.refused[quota::kLimitKinds + 1] = metrics.refused_by_queue.value();
  tally.refused[quota::kLimitKinds + 2] = metrics.store_refusals.value();
  tally.statuses = metrics.answered();
  tally.duration = spread_of(metrics.duration);
  tally.requests = tally.duration.total();
  for (const gateway::ModelMetrics* of_model : metrics.models()) tally.models.push_back(tally_of(*of_model));
  return tally;
}

Tally gained(const Tally& now, const Tally& before) {
  Tally gain;
  gain.requests = now.requests - before.requests;
  gain.prompt_tokens = now.prompt_tokens - before.prompt_tokens;
  gain.completion_tokens = now.completion_tokens - before.completion_tokens;
  gain.cached_tokens = now.cached_tokens - before.cached_tokens;
  gain.errors = now.errors - before.errors;
  gain.clients_left = now.clients_left - before.clients_left;
  gain.bans = now.bans - before.bans;
  gain.unshared = now.unshared - before.unshared;
  for (std::size_t i = 0; i < kRefusalKinds; ++i) gain.refused[i] = now.refused[i] - before.refused[i];
  for (std::size_t i = 0; i < gain.statuses.size(); ++i) gain.statuses[i] = now.statuses[i] - before.statuses[i];
  gain.duration = gained(now.duration, before.duration);
  for (std::size_t i = 0; i < now.models.size(); ++i)
    gain.models.push_back(gained(now.models[i], i < before.models.size() ? before.models[i] : ModelTally{}));
  return gain;
}

}  // namespace ktl::monitor
