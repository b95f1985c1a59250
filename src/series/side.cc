#include "series/side.h"

#include <numeric>

#include "telemetry/histogram.h"

namespace ktl::series {
namespace {

using What = Side::What;

constexpr std::pair<std::string_view, What> kOfSpread[] = {
    {"p50", What::p50}, {"p95", What::p95}, {"p99", What::p99}, {"mean", What::mean}, {"count", What::count}};

const telemetry::HistogramShape& shape() {
  static const telemetry::HistogramShape latency = telemetry::latency_shape();
  return latency;
}

// A figure's own name: what a sum or a level is taken for if nothing more is said.
std::optional<Side> whole(const Names& names, NameId id) {
  const Named& named = names[id];
  if (named.kind == 0) return Side{id, What::rate, named.unit};
  if (named.kind == 1) return Side{id, What::mean, named.unit};
  return std::nullopt;
}

// Of microseconds, in milliseconds.
std::optional<double> read(const Spread& spread, What what) {
  const std::uint64_t count = std::accumulate(spread.counts.begin(), spread.counts.end(), std::uint64_t{0});
  if (what == What::count) return static_cast<double>(count);
  if (count == 0) return std::nullopt;
  if (what == What::mean) return static_cast<double>(spread.sum) / static_cast<double>(count) / 1e3;
  std::vector<std::uint64_t> counts = spread.counts;
  counts.resize(shape().upper_bounds.size() + 1);
  const double q = what == What::p50 ? 0.5 : what == What::p95 ? 0.95 : 0.99;
  return telemetry::quantile(shape(), counts, q) / 1e3;
}

}  // namespace

std::optional<Side> side_of(const Names& names, std::string_view text) {
  if (const auto id = names.find(text))
    if (const auto side = whole(names, *id)) return side;
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto id = names.find(text.substr(0, dot));
  if (!id) return std::nullopt;
  const Named& named = names[*id];
  const std::string_view word = text.substr(dot + 1);
  if (named.kind == 1 && word == "max") return Side{*id, What::highest, named.unit};
  if (named.kind != 2) return std::nullopt;
  for (const auto& [name, what] : kOfSpread)
    if (name == word) return Side{*id, what, what == What::count ? Unit::count : named.unit};
  return std::nullopt;
}

std::optional<double> read_side(const Bucket& bucket, const Side& side) {
  const Value* value = bucket.find(side.name);
  if (value == nullptr) return std::nullopt;
  if (const auto* sum = std::get_if<Sum>(value)) {
    if (side.what != What::rate || bucket.seconds <= 0) return std::nullopt;
    return static_cast<double>(sum->total) / bucket.seconds;
  }
  if (const auto* level = std::get_if<Level>(value)) {
    if (level->count == 0) return std::nullopt;
    return side.what == What::highest ? level->highest : level->mean;
  }
  return read(std::get<Spread>(*value), side.what);
}

}  // namespace ktl::series
