#include "series/value.h"

#include <algorithm>

namespace ktl::series {
namespace {

void add(Sum& to, const Sum& more) {
  to.total += more.total;
}

void add(Level& to, const Level& more) {
  if (more.count == 0) return;
  const auto had = static_cast<double>(to.count), comes = static_cast<double>(more.count);
  to.highest = to.count == 0 ? more.highest : std::max(to.highest, more.highest);
  to.mean = (to.mean * had + more.mean * comes) / (had + comes);
  to.count += more.count;
}

void add(Spread& to, const Spread& more) {
  if (to.counts.size() < more.counts.size()) to.counts.resize(more.counts.size());
  for (std::size_t i = 0; i < more.counts.size(); ++i) to.counts[i] += more.counts[i];
  // Unsigned, because a damaged file may hold any number.
  to.sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(to.sum) + static_cast<std::uint64_t>(more.sum));
}

bool stands_before(const std::pair<NameId, Value>& entry, NameId name) {
  return entry.first < name;
}

}  // namespace

void merge(Value& to, const Value& more) {
  if (to.index() != more.index()) return;
  std::visit([&more](auto& mine) { add(mine, std::get<std::decay_t<decltype(mine)>>(more)); }, to);
}

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::per_second:
      return "per_second";
    case Unit::count:
      return "count";
    case Unit::share:
      return "share";
    case Unit::milliseconds:
      return "ms";
    case Unit::celsius:
      return "celsius";
    case Unit::watts:
      return "watts";
  }
  return "count";
}

const Value* Bucket::find(NameId name) const {
  const auto found = std::lower_bound(values.begin(), values.end(), name, stands_before);
  return found == values.end() || found->first != name ? nullptr : &found->second;
}

void merge(Bucket& to, const Bucket& more) {
  to.seconds += more.seconds;
  auto at = to.values.begin();
  for (const auto& entry : more.values) {
    at = std::lower_bound(at, to.values.end(), entry.first, stands_before);
    if (at != to.values.end() && at->first == entry.first) {
      merge(at->second, entry.second);
    } else {
      at = to.values.insert(at, entry);
    }
  }
}

}  // namespace ktl::series
