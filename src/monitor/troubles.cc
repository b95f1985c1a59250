#include "monitor/troubles.h"

#include <algorithm>

namespace ktl::monitor {

std::string_view name_of(Trouble::Kind kind) {
  switch (kind) {
    case Trouble::Kind::store_refuses:
      return "store_refuses";
    case Trouble::Kind::store_lost:
      return "store_lost";
    case Trouble::Kind::engine_unreachable:
      return "engine_unreachable";
    case Trouble::Kind::engine_silent:
      return "engine_silent";
    case Trouble::Kind::draining:
      return "draining";
  }
  return "unknown";
}

std::vector<Trouble> troubles_of(const Sample& sample, const std::vector<Trouble>& before) {
  std::vector<Trouble> list;
  const auto note = [&](Trouble::Kind kind, const std::string& which, std::string reason = {}) {
    list.push_back({.kind = kind, .which = which, .reason = std::move(reason), .since = sample.at});
  };
  const StoreState& store = sample.store;
  if (!store.accepting) note(Trouble::Kind::store_refuses, store.kind, store.reason);
  if (store.lost) note(Trouble::Kind::store_lost, store.kind, store.reason);
  for (const EngineSample& engine : sample.engines)
    if (engine.figures.status == EngineStatus::unreachable) note(Trouble::Kind::engine_unreachable, engine.name);
  for (const EngineSample& engine : sample.engines)
    if (engine.figures.status == EngineStatus::silent) note(Trouble::Kind::engine_silent, engine.name);
  if (sample.draining) note(Trouble::Kind::draining, "gateway");
  for (Trouble& trouble : list) {
    const auto known = std::find_if(before.begin(), before.end(), [&](const Trouble& t) { return t.same_as(trouble); });
    if (known != before.end()) trouble.since = known->since;
  }
  return list;
}

}  // namespace ktl::monitor
