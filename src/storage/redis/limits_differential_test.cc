// The Lua host answers as Redis does: a seeded sequence of calls, each with its own `now`, on the host, on a real
// server and on a real cluster; every reply must be the same. So what the simulations prove on the host holds on a
// server. KTL_SIM_FIRST_SEED repeats a failure.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include "base/rng.h"
#include "storage/redis/functions_fixture.h"

namespace ktl::storage::redis {
namespace {

constexpr int kSequences = 20;
constexpr int kCalls = 400;

// Calls on two users and their keys; some repeated, some out of order, some for charges that never were.
class Calls {
 public:
  Calls(std::uint64_t seed, std::string prefix)
      : rng_(seed),
        functions_(Keyspace(std::move(prefix)), {Millis(std::chrono::hours(9)), rng_.below(4) == 0}),
        now_(std::chrono::sys_days{std::chrono::January / 1 / 2026}) {
    for (std::uint32_t i = 1; i <= 4; ++i)
      scopes_.push_back({i % 2 == 0 ? ScopeKind::key : ScopeKind::user, ScopeId{i}, some_limits()});
  }

  Command next() {
    const std::int64_t step = rng_.below(20) == 0 ? 4'000'000 : rng_.below(3) == 0 ? 20'000 : 700;
    now_ += Millis(between(rng_.below(30) == 0 ? -step : 0, step));
    if (rng_.below(40) == 0) scopes_[rng_.below(scopes_.size())].limits = some_limits();
    const std::string name = name_of(rng_.below(3) == 0 ? last_ + 1 : last_ - rng_.below(last_ + 1));
    const ChargePlace place = place_of(name);
    const std::string gateway = "g" + std::to_string(rng_.below(3));
    Used used{static_cast<std::int64_t>(rng_.below(3)),
              {.prompt = between(0, 90), .completion = between(0, 200), .cached = 3, .reasoning = 4},
              ledger::Outcome::ok};
    switch (rng_.below(26)) {
      case 0:
        return functions_.release(place, now_);
      case 1:
        return functions_.expire(place, now_);
      case 2:
        return functions_.undo(place, now_);
      case 3:
        return functions_.book(place,
                               {.gateway = gateway,
                                .admitted_at = now_ - Millis(between(0, 5'000'000)),
                                .reserved = 70,
                                .used = used,
                                .booked = rng_.below(4) != 0,
                                .noted = noted()},
                               now_);
      case 4:
        return functions_.standing(place, now_);
      case 5:
        return functions_.check(place, ask(gateway), now_);
      case 6:
        return functions_.roll_up("t07", static_cast<int>(between(1, 9)), Millis(60'000), Millis(0), now_);
      case 7:
        return functions_.totals("t07", std::nullopt, noted());
      case 8:
        return functions_.totals("t07", (now_ + std::chrono::hours(9)).time_since_epoch() / std::chrono::days(1),
                                 noted());
      case 9:
        return functions_.heartbeat(gateway, Millis(9'000), now_);
      case 10:
        return functions_.alive(Millis(9'000), now_);
      case 11:
        return functions_.leave(gateway);
      case 12:
        return functions_.scope_number(ScopeKind::user, "user" + std::to_string(rng_.below(5)));
      case 13: {
        const auto value = rng_.below(3) == 0 ? std::nullopt : std::optional<std::string_view>("값 \r\n\"x\"");
        const auto seen = rng_.below(2) == 0 ? std::nullopt : std::optional<std::int64_t>(between(0, 9));
        return functions_.put("record" + std::to_string(rng_.below(3)), seen, value);
      }
      case 14:
        return functions_.changes(between(0, 9), static_cast<int>(between(1, 4)));
      case 15: {
        const std::vector<std::string> gateways{gateway};
        return functions_.open_charges("t07", rng_.below(2) == 0, gateways, static_cast<int>(between(1, 30)));
      }
      case 16:
      case 17: {
        std::vector<LeasedCharge> charges(rng_.below(4));
        for (LeasedCharge& charge : charges) {
          used.tokens.prompt = between(0, 90);
          charge = {last_ - rng_.below(last_ + 1),
                    used.requests == 0 ? ledger::EntryKind::release : ledger::EntryKind::settle,
                    now_ - Millis(between(0, 9'000)), 40, used};
        }
        const bool all = rng_.below(3) == 0;
        return functions_.spend(place, charges, all ? std::nullopt : std::optional(LeaseAmount{between(0, 2), 30, 1}),
                                now_);
      }
      case 18:
      case 19:
      case 20:
        return functions_.settle(place, used, now_);
      default:
        last_ += 1;
        return functions_.reserve(place_of(name_of(last_)), ask(gateway), now_);
    }
  }

 private:
  static std::string name_of(std::uint64_t charge) { return fmt::format("a1-{:x}", charge); }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  quota::Limits some_limits() {
    quota::Limits limits;
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i)
      if (rng_.below(3) == 0)
        limits.amount[i] = quota::dimension_of(static_cast<quota::LimitKind>(i)) == quota::Dimension::tokens
                               ? between(0, 2'000)
                               : between(0, 40);
    return limits;
  }
  ChargePlace place_of(std::string name) const {
    // By its name: the calls of one charge name the same scopes.
    const std::size_t which = name.size() + static_cast<std::size_t>(name.back());
    return {"t07", std::move(name),
            which % 3 == 0 ? scopes_ : std::vector<LimitedScope>(scopes_.begin(), scopes_.begin() + 2)};
  }
  std::vector<ScopeName> noted() const { return {{ScopeKind::user, ScopeId{1}}, {ScopeKind::key, ScopeId{2}}}; }
  Ask ask(std::string gateway) {
    Ask ask;
    ask.gateway = std::move(gateway);
    ask.tokens = between(0, 150);
    ask.requests = rng_.below(8) == 0 ? between(0, 5) : 1;
    ask.places = rng_.below(8) == 0 ? 0 : 1;
    if (rng_.below(6) == 0) ask.lease = Millis(between(-1'000, 100'000));
    ask.booked = rng_.below(6) != 0;
    ask.noted = noted();
    return ask;
  }

  Rng rng_;
  Functions functions_;
  WallTime now_;
  std::vector<LimitedScope> scopes_;
  std::uint64_t last_ = 1;
};

void compare(FunctionRunner& server) {
  const char* word = std::getenv("KTL_SIM_FIRST_SEED");
  const std::uint64_t first = word != nullptr ? std::strtoull(word, nullptr, 10) : 1;
  std::array<int, 3> admissions{};
  for (std::uint64_t seed = first; seed < first + kSequences; ++seed) {
    LuaHost host;
    Calls calls(seed, "differential" + std::to_string(seed));
    for (int i = 0; i < kCalls; ++i) {
      const Command command = calls.next();
      const Value expected = server.call(command);
      const Value mine = host.call(command);
      std::string all;
      for (const auto& each : command.words) all += each + " ";
      ASSERT_FALSE(expected.is_error()) << "seed " << seed << ", call " << i << ": " << expected.text << "\n" << all;
      ASSERT_EQ(told(mine), told(expected)) << "seed " << seed << ", call " << i << ": " << all;
      if (command.words[1].ends_with("_reserve")) ++admissions[static_cast<std::size_t>(expected.items[0].integer)];
    }
  }
  for (const int count : admissions) EXPECT_GT(count, 10);  // admitted, refused, ended before: all have come
}

TEST(LuaHost, AnswersAsRedisDoes) {
  SingleRunner server;
  compare(server);
}

TEST(LuaHost, AnswersAsAClusterDoes) {
  ClusterRunner cluster;
  compare(cluster);
}

}  // namespace
}  // namespace ktl::storage::redis
