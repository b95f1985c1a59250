// The report for programs.
#include <fmt/format.h>

#include "app/bench/report.h"
#include "base/text.h"

namespace ktl::app::bench {
namespace {

std::string percentiles_json(const Samples& samples) {
  const auto known = samples.percentiles();
  if (!known) return "null";
  return fmt::format(R"({{"samples":{},"p50":{:.3f},"p95":{:.3f},"p99":{:.3f},"max":{:.3f}}})", samples.count(),
                     known->p50, known->p95, known->p99, known->max);
}

std::string errors_json(const Tally& tally) {
  std::string out = "{";
  for (const auto& [kind, failures] : tally.failures) {
    if (out.size() > 1) out += ",";
    out += fmt::format(R"({}:{{"count":{},"example":{}}})", json_quoted(kind), failures.count,
                       json_quoted(failures.example));
  }
  return out + "}";
}

std::string ledger_json(const Side& side) {
  const LedgerVerdict verdict = verdict_of(side);
  if (verdict == LedgerVerdict::not_asked)
    return side.ledger.problem.empty()
               ? "null"
               : fmt::format(R"({{"verdict":null,"problem":{}}})", json_quoted(side.ledger.problem));
  const char* word = verdict == LedgerVerdict::match      ? "match"
                     : verdict == LedgerVerdict::mismatch ? "mismatch"
                                                          : "unclear";
  return fmt::format(R"({{"verdict":"{}","booked_tokens":{},"answered_tokens":{}}})", word, side.ledger.booked,
                     side.tally.usage.total());
}

std::string side_json(const Side& side) {
  const Tally& t = side.tally;
  std::string out = fmt::format(
      R"({{"url":{},"seconds":{:.3f},"requests":{{"started":{},"completed":{},"rate_limited":{},"errors":{},"cut_off":{},)"
      R"("without_usage":{}}},"requests_per_second":{:.3f},"output_tokens_per_second":{:.3f},)",
      json_quoted(side.target.name), std::chrono::duration<double>(t.active).count(), t.started, t.completed,
      t.rate_limited, t.errors(), t.cut_off, t.without_usage, t.per_second(t.completed),
      t.per_second(t.usage.completion));
  out += fmt::format(R"("ttft_ms":{},"inter_token_ms":{},"end_to_end_ms":{},"asked_wait_ms":{},)",
                     percentiles_json(t.first_token), percentiles_json(t.inter_token), percentiles_json(t.end_to_end),
                     percentiles_json(t.asked_wait));
  out += fmt::format(R"("prompt_tokens":{},"completion_tokens":{},"total_tokens":{},"errors":{},"ledger":{}}})",
                     t.usage.prompt, t.usage.completion, t.usage.total(), errors_json(t), ledger_json(side));
  return out;
}

}  // namespace

std::string report_json(std::span<const Side> sides) {
  std::string out = R"({"targets":[)";
  for (std::size_t i = 0; i < sides.size(); ++i) out += (i > 0 ? "," : "") + side_json(sides[i]);
  return out + "]}\n";
}

}  // namespace ktl::app::bench
