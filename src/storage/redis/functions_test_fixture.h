#pragma once
// The suite of what the functions promise: one fixture, on the Lua host, on a real redis-server and on a real cluster.
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "storage/redis/functions_fixture.h"

namespace ktl::storage::redis::suite {

using quota::LimitKind;

enum class Where { host, single, cluster };

inline FunctionRunner& runner(Where where) {
  static std::array<std::unique_ptr<FunctionRunner>, 3> runners;
  auto& made = runners[static_cast<std::size_t>(where)];
  if (made) return *made;
  if (where == Where::host) made = std::make_unique<HostRunner>();
  if (where == Where::single) made = std::make_unique<SingleRunner>();
  if (where == Where::cluster) made = std::make_unique<ClusterRunner>();
  return *made;
}

inline constexpr ScopeId kUser{7};
inline constexpr ScopeId kKey{8};
inline const WallTime kNoon{std::chrono::sys_days{std::chrono::January / 5 / 2027} +
                            std::chrono::hours(3)};  // in Seoul

inline quota::Limits limits(std::initializer_list<std::pair<LimitKind, std::int64_t>> list) {
  quota::Limits result;
  for (const auto& [kind, amount] : list) result[kind] = amount;
  return result;
}

class Fixture : public testing::TestWithParam<Where> {
 protected:
  // Every test has a prefix of its own: the servers are shared.
  Fixture() : functions_(Keyspace("test" + std::to_string(++prefixes_)), {}) {}

  Value call(const Command& command) { return runner(GetParam()).call(command); }

  ChargePlace place(std::string charge, const quota::Limits& of_user, const quota::Limits& of_key = {}) const {
    return {"t07", std::move(charge), {{ScopeKind::key, kKey, of_key}, {ScopeKind::user, kUser, of_user}}};
  }
  static Ask ask(std::int64_t tokens) {
    Ask result;
    result.gateway = "g1";
    result.tokens = tokens;
    result.noted = {{ScopeKind::key, kKey}, {ScopeKind::user, kUser}};
    return result;
  }
  static Used used(std::int64_t prompt, std::int64_t completion) {
    return {1, {.prompt = prompt, .completion = completion}, ledger::Outcome::ok};
  }

  ReserveAnswer reserve(const ChargePlace& place, const Ask& ask, WallTime now = kNoon) {
    const auto answer = read_reserve(call(functions_.reserve(place, ask, now)), place.scopes);
    if (!answer) throw std::runtime_error(answer.error().message);
    return *answer;
  }
  bool admitted(const ChargePlace& place, std::int64_t tokens, WallTime now = kNoon) {
    return std::holds_alternative<Admitted>(reserve(place, ask(tokens), now));
  }
  Refused refused(const ChargePlace& place, std::int64_t tokens, WallTime now = kNoon) {
    return std::get<Refused>(reserve(place, ask(tokens), now));
  }
  EndAnswer end(const Command& command) { return read_end(call(command)).value(); }
  std::int64_t used_of_user(LimitKind kind, WallTime now = kNoon) {
    const ChargePlace all = place("", {});
    return read_standing(call(functions_.standing(all, now)), all.scopes).value()[1][kind].used;
  }
  RolledUp roll_up(int most = 100, WallTime now = kNoon, Millis keep = std::chrono::hours(1)) {
    return read_roll_up(call(functions_.roll_up("t07", most, keep, Millis(0), now))).value();
  }
  std::array<std::int64_t, 3> totals(std::optional<std::int64_t> day = {}) {
    const ScopeName user{ScopeKind::user, kUser};
    return read_totals(call(functions_.totals("t07", day, {&user, 1}))).value()[0];
  }
  using Totals = std::array<std::int64_t, 3>;

  static inline int prefixes_ = 0;
  redis::Functions functions_;
};

}  // namespace ktl::storage::redis::suite
