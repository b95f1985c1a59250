// The functions under the auditor of the embedded engine, and instant for instant beside that engine: thousands of
// seeded lives (quota/simulation.h). Every answer must be the engine's, and the auditor must find nothing.
// KTL_SIM_SEEDS sets how many, KTL_SIM_FIRST_SEED where to begin (to repeat a failure: that seed, and 1).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "quota/simulation.h"
#include "storage/redis/lua_host.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KTL_SLOWED_DOWN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KTL_SLOWED_DOWN 1
#endif
#endif

namespace ktl::storage::redis {
namespace {

#ifdef KTL_SLOWED_DOWN
constexpr std::uint64_t kSeeds = 100;
#else
constexpr std::uint64_t kSeeds = 2'500;
#endif
constexpr int kSteps = 200;
constexpr std::uint64_t kCanarySeeds = 200;

using quota::Decision;
using quota::Denied;
using quota::LimitKind;
using quota::Limits;
using quota::Reservation;
using quota::Standing;

std::string told(const Denied& denied) {
  return std::string(quota::name_of(denied.limit)) + " of " + std::to_string(static_cast<std::uint32_t>(denied.scope)) +
         ": " + std::to_string(denied.used) + "+" + std::to_string(denied.requested) + "/" +
         std::to_string(denied.allowed) + " wait " +
         (denied.never ? "never" : std::to_string(denied.retry_after.count()));
}

// The functions, behind the interface that is simulated. The engine runs beside them; `difference` is the first answer
// in which they are not one.
class LuaSubject : public quota::Subject {
 public:
  LuaSubject(quota::EngineOptions options, LuaHost& host)
      : Subject(options), host_(host), functions_(Keyspace("ktl"), options) {
    host_.keyspace().clear();
  }

  Decision reserve(ChargeId id, std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) override {
    see(now);
    const ChargePlace place = place_of(id, scopes);
    const Decision theirs = engine.reserve(id, scopes, tokens, present_);
    const auto answer = read_reserve(host_.call(functions_.reserve(place, ask(tokens), present_)), place.scopes);
    if (!answer) return failed(answer.error());
    if (const auto* refused = std::get_if<Refused>(&*answer)) {
      const Denied mine = denied(*refused, place);
      compare(std::holds_alternative<Denied>(theirs) ? told(std::get<Denied>(theirs)) : "admitted", told(mine));
      return seen_from(now, mine);
    }
    const auto& admitted = std::get<Admitted>(*answer);
    open_[id] = place;
    compare(std::holds_alternative<Denied>(theirs) ? "refused" : "admitted", "admitted");
    for (std::size_t i = 0; i < place.scopes.size(); ++i) {
      const Standing standing = engine.standing(place.scopes[i].id, present_);
      for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind)
        if (place.scopes[i].limits.amount[kind] >= 0)
          compare(told(static_cast<LimitKind>(kind), standing.window[kind].used, standing.window[kind].reset),
                  told(static_cast<LimitKind>(kind), admitted.scopes[i].used[kind], admitted.scopes[i].reset[kind]));
    }
    return Reservation{id, admitted.at, tokens};
  }

  std::optional<Denied> would_deny(std::span<const ScopeId> scopes, std::int64_t tokens, WallTime now) override {
    see(now);
    const ChargePlace place = place_of(ChargeId::none, scopes);
    const auto theirs = engine.would_deny(scopes, tokens, present_);
    const auto answer = read_check(host_.call(functions_.check(place, ask(tokens), present_)));
    if (!answer) return failed(answer.error());
    std::optional<Denied> mine;
    if (*answer) mine = denied(**answer, place);
    compare(theirs ? told(*theirs) : "room", mine ? told(*mine) : "room");
    if (mine) mine = seen_from(now, *mine);
    return mine;
  }

  bool settle(ChargeId id, std::int64_t actual, WallTime now) override {
    see(now);
    const bool theirs = engine.settle(id, actual, present_);
    Used used;
    used.tokens.prompt = actual / 3;
    used.tokens.completion = actual - actual / 3;
    return end(theirs, functions_.settle(place_of(id), used, present_));
  }

  bool release(ChargeId id, WallTime now) override {
    see(now);
    const bool theirs = engine.release(id, present_);
    return end(theirs, functions_.release(place_of(id), present_));
  }

  Standing standing(ScopeId scope, WallTime now) override {
    see(now);
    const ScopeId scopes[] = {scope};
    const ChargePlace place = place_of(ChargeId::none, scopes);
    const auto answer = read_standing(host_.call(functions_.standing(place, present_)), place.scopes);
    if (!answer) return failed(answer.error()), Standing{};
    Standing mine = answer->front();
    const Standing theirs = engine.standing(scope, present_);
    for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
      const auto which = static_cast<LimitKind>(kind);
      compare(told(which, theirs.window[kind].used, theirs.window[kind].reset),
              told(which, mine.window[kind].used, mine.window[kind].reset));
      if (mine.window[kind].reset.count() > 0) mine.window[kind].reset += present_ - now;
    }
    return mine;
  }

  // The engine is told of new limits when they change, the functions with the next call: an empty ask at the last
  // instant that both have seen makes them equal.
  void set_limits(ScopeId scope, const Limits& limits) override {
    if (present_ == WallTime{}) return engine.set_limits(scope, ScopeKind::user, limits);
    engine.standing(scope, present_);  // debt until now is paid under the old limits,
    engine.set_limits(scope, ScopeKind::user, limits);
    engine.standing(scope, present_);  // and from now on under the new ones
    const ChargePlace change{"t00", "change-" + std::to_string(++changes_), {{ScopeKind::user, scope, limits}}};
    Ask nothing = ask(0);
    nothing.requests = nothing.places = 0;
    host_.call(functions_.reserve(change, nothing, present_));
    host_.call(functions_.undo(change, present_));
  }

  void restore(std::span<const ScopeId> scopes, std::int64_t tokens, WallTime admitted_at) override {
    engine.restore(scopes, 1, tokens, admitted_at);
    see(admitted_at);
    PastWork work{.gateway = "g", .admitted_at = admitted_at, .reserved = tokens, .used = {}, .noted = {}};
    work.used.tokens.prompt = tokens;
    const ChargePlace place = place_of(ChargeId{1'000'000 + ++changes_}, scopes);
    compare("ended", word(read_end(host_.call(functions_.book(place, work, present_)))));
  }

  const std::string& difference() const { return difference_; }

 private:
  void see(WallTime now) { present_ = std::max(present_, now); }

  static Ask ask(std::int64_t tokens) {
    Ask result;
    result.gateway = "g";
    result.tokens = tokens;
    return result;
  }

  ChargePlace place_of(ChargeId id, std::span<const ScopeId> scopes) const {
    ChargePlace place{"t00", "c-" + std::to_string(static_cast<std::uint64_t>(id)), {}};
    for (const ScopeId scope : scopes) place.scopes.push_back({ScopeKind::user, scope, engine.limits_of(scope)});
    return place;
  }
  // Of a charge that may be open, with today's limits.
  ChargePlace place_of(ChargeId id) const {
    const auto known = open_.find(id);
    if (known == open_.end()) return place_of(id, {});
    ChargePlace place = known->second;
    for (LimitedScope& scope : place.scopes) scope.limits = engine.limits_of(scope.id);
    return place;
  }

  bool end(bool theirs, const Command& command) {
    const auto answer = read_end(host_.call(command));
    const bool mine = answer && *answer == EndAnswer::ended;
    compare(theirs ? "ended" : "not open", mine ? "ended" : answer ? "not open" : answer.error().message);
    return mine;
  }
  static std::string word(const Result<EndAnswer>& answer) {
    return !answer ? answer.error().message : *answer == EndAnswer::ended ? "ended" : "not ended";
  }

  static Denied denied(const Refused& refused, const ChargePlace& place) {
    return {place.scopes[refused.scope].id,
            ScopeKind::user,
            refused.limit,
            refused.allowed,
            refused.used,
            refused.requested,
            refused.retry_after,
            refused.never};
  }
  // The server has one clock that does not go back; the simulation's asker may look at one that did.
  Denied seen_from(WallTime now, Denied denied) const {
    if (!denied.never && denied.limit != LimitKind::concurrent) denied.retry_after += present_ - now;
    return denied;
  }

  using quota::Subject::engine;
  static std::string told(LimitKind kind, std::int64_t used, Millis reset) {
    return std::string(quota::name_of(kind)) + ": used " + std::to_string(used) + " reset " +
           std::to_string(reset.count());
  }
  static std::string told(const Denied& denied) { return redis::told(denied); }

  Denied failed(const Error& error) {
    compare("an answer", error.message);
    return {};
  }
  void compare(std::string_view theirs, std::string_view mine) {
    if (theirs == mine || !difference_.empty()) return;
    difference_ = "the engine says \"" + std::string(theirs) + "\", the functions say \"" + std::string(mine) + "\"";
  }

  LuaHost& host_;
  Functions functions_;
  WallTime present_{};
  std::map<ChargeId, ChargePlace> open_;
  std::uint64_t changes_ = 0;
  std::string difference_;
};

struct Life {
  quota::SimulationResult result;
  std::string difference;
};

Life live(std::uint64_t seed, LuaHost& host) {
  Life life;
  // A restart makes a new subject; the difference outlives it.
  struct Reporting : LuaSubject {
    Reporting(quota::EngineOptions options, LuaHost& host, std::string& report)
        : LuaSubject(options, host), report_(report) {}
    ~Reporting() override {
      if (report_.empty()) report_ = difference();
    }
    std::string& report_;
  };
  life.result = quota::simulate(seed, kSteps, [&](quota::EngineOptions options) {
    return std::make_unique<Reporting>(options, host, life.difference);
  });
  return life;
}

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

TEST(LuaLimits, AnswerAsTheEngineDoesAndTheAuditorFindsNothing) {
  const std::uint64_t first = from_environment("KTL_SIM_FIRST_SEED", 1);
  const std::uint64_t seeds = from_environment("KTL_SIM_SEEDS", kSeeds);
  LuaHost host;
  std::int64_t admitted = 0, denied = 0, restarts = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    const Life life = live(seed, host);
    ASSERT_EQ(life.difference, "") << "seed " << seed;
    ASSERT_FALSE(life.result.finding) << "seed " << seed << ": " << *life.result.finding;
    admitted += life.result.admitted;
    denied += life.result.denied;
    restarts += life.result.restarts;
  }
  if (seeds >= 100) {  // a simulation in which nothing happens would find nothing either
    EXPECT_GT(admitted, static_cast<std::int64_t>(seeds) * kSteps / 10);
    EXPECT_GT(denied, static_cast<std::int64_t>(seeds) * kSteps / 20);
    EXPECT_GT(restarts, static_cast<std::int64_t>(seeds) / 10);
  }
}

// Functions that are wrong in one way each. If the auditor, which knows no engine, does not see it, the test above
// proves nothing.
struct Canary {
  const char* name;
  std::string_view right;
  std::string_view wrong;
};

class LuaLimitsCanary : public testing::TestWithParam<Canary> {};

TEST_P(LuaLimitsCanary, IsFoundByTheAuditor) {
  const Canary& canary = GetParam();
  std::string source(functions_source());
  const auto at = source.find(canary.right);
  ASSERT_NE(at, std::string::npos) << "the functions have changed: there is no " << canary.right;
  ASSERT_EQ(source.find(canary.right, at + 1), std::string::npos) << "twice: " << canary.right;
  source.replace(at, canary.right.size(), canary.wrong);
  LuaHost host(source);
  for (std::uint64_t seed = 1; seed <= kCanarySeeds; ++seed)
    if (live(seed, host).result.finding) return;
  FAIL() << canary.name << " lived through " << kCanarySeeds << " seeds";
}

INSTANTIATE_TEST_SUITE_P(
    Each, LuaLimitsCanary,
    testing::Values(
        Canary{"ForgetsASliceTooEarly", "return (index + SLICES + 1) * w.length - 1 end",
               "return (index + SLICES) * w.length - 1 end"},
        Canary{"SettlesInThePresentSlice", "local slots = slots_at(record.slot, day)",
               "local slots = slots_at(now, day)"},
        Canary{"ForgivesDebt", "w.debt = w.debt + excess\n", "w.debt = w.debt\n"},
        Canary{"NeverPaysDebt", "  w.debt = w.debt - paid\n  add(w, i, 0, paid)\n", ""},
        Canary{"LosesTheChangedSlices", "        local name = format('%s%d', w.letter, i)\n",
               "        local name = format('%s%d', w.letter, i + 1)\n"},
        Canary{"AcceptsASecondEnd", "return {ENDED, now} end\n  local record",
               "return {DONE, now} end\n  local record"},
        Canary{"TellsTooShortAWait", "wait = fits_at() - asked_at end", "wait = fits_at() - asked_at - 500 end"},
        Canary{"CountsNoPlaces", "s.in_flight = s.in_flight + places", "s.in_flight = s.in_flight"},
        Canary{"LooksAtTheFirstScopeAlone", "    if not fits(s, limits[i], tokens, requests, places) then\n",
               "    if i == 1 and not fits(s, limits[i], tokens, requests, places) then\n"},
        Canary{"OpensTheDayAtNoon", "floor((instant + day) / DAY) or", "floor((instant + day + DAY / 2) / DAY) or"}),
    [](const auto& canary) { return std::string(canary.param.name); });

}  // namespace
}  // namespace ktl::storage::redis
