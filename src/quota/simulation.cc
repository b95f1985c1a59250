#include "quota/simulation.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/rng.h"
#include "quota/auditor.h"

namespace ktl::quota {

namespace {

using namespace std::chrono_literals;

class Simulation {
 public:
  Simulation(std::uint64_t seed, const MakeSubject& make_subject);
  SimulationResult run(int steps);

 private:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool chance(double probability) { return rng_.unit() < probability; }

  Limits some_limits();
  std::vector<ScopeId> some_scopes();
  void set_limits(ScopeId scope);
  void step();
  void pass_time();
  void reserve();
  bool admit(const std::vector<ScopeId>& scopes, std::int64_t tokens);
  void obey(const Denied& denied, const std::vector<ScopeId>& scopes, std::int64_t tokens);
  void end(std::size_t which, bool release);
  void end_again();
  void restart();
  void look(ScopeId scope) { auditor_.standing(scope, subject_->standing(scope, now_), now_); }
  void found(std::string words) {
    if (!result_.finding) result_.finding = std::move(words);
  }

  struct Charge {
    ChargeId id;
    std::int64_t tokens;
    WallTime admitted_at;
    std::vector<ScopeId> scopes;
  };

  Rng rng_;
  EngineOptions options_;
  MakeSubject make_subject_;
  std::unique_ptr<Subject> subject_;
  Auditor auditor_;
  SimulationResult result_;
  std::vector<ScopeId> scopes_;
  std::vector<Charge> open_;
  std::vector<Charge> ended_;  // with what they really cost: the ledger
  std::uint64_t last_id_ = 0;
  WallTime now_;

  // Drawn once a life.
  double limited_, overrunning_, releasing_, jumping_, changing_, obeying_, restarting_;
  std::int64_t typical_ask_;
  Millis typical_gap_;
  std::uint64_t most_open_;
};

EngineOptions some_options(Rng& rng) {
  constexpr std::array<Millis, 4> kOffsets{9h, 0h, -5h, 5h + 30min};
  return {kOffsets[rng.below(kOffsets.size())], rng.below(4) == 0};
}

Simulation::Simulation(std::uint64_t seed, const MakeSubject& make_subject)
    : rng_(seed),
      options_(some_options(rng_)),
      make_subject_(make_subject),
      subject_(make_subject(options_)),
      auditor_({options_.day_offset, options_.rolling_day, kSlices}),
      now_(std::chrono::sys_days{std::chrono::January / 1 / 2026}) {
  constexpr std::array<Millis, 7> kGaps{5ms, 100ms, 700ms, 4s, 30s, 10min, 2h};
  now_ += Millis(between(0, Millis(72h).count()));
  for (std::int64_t i = between(1, 5); i > 0; --i) scopes_.push_back(ScopeId{static_cast<std::uint32_t>(10 + i)});
  limited_ = rng_.unit();
  overrunning_ = chance(0.5) ? 0 : rng_.unit() * 0.5;
  releasing_ = rng_.unit() * 0.3;
  jumping_ = chance(0.5) ? 0 : 0.02;
  changing_ = chance(0.6) ? 0 : 0.02;
  obeying_ = rng_.unit() * 0.5;
  restarting_ = overrunning_ > 0 || chance(0.7) ? 0 : 0.01;  // debt is not in the ledger
  typical_ask_ = std::int64_t{1} << between(1, 12);
  typical_gap_ = kGaps[rng_.below(kGaps.size())];
  most_open_ = rng_.below(24) + 1;
  for (const ScopeId scope : scopes_) set_limits(scope);
}

Limits Simulation::some_limits() {
  Limits limits;
  for (std::size_t i = 0; i < kLimitKinds; ++i) {
    const auto kind = static_cast<LimitKind>(i);
    if (!chance(limited_)) continue;
    const bool forbids = chance(0.01);
    const std::int64_t requests = kind == LimitKind::concurrent ? between(1, 10) : between(1, 60);
    const bool in_tokens = dimension_of(kind) == Dimension::tokens;
    limits[kind] = forbids ? 0 : in_tokens ? requests * typical_ask_ + between(0, 5) : requests;
  }
  return limits;
}

void Simulation::set_limits(ScopeId scope) {
  const Limits limits = some_limits();
  subject_->set_limits(scope, limits);
  auditor_.limits_set(scope, limits);
}

std::vector<ScopeId> Simulation::some_scopes() {
  if (chance(0.5)) return scopes_;
  std::vector<ScopeId> some;
  for (const ScopeId scope : scopes_)
    if (chance(0.6)) some.push_back(scope);
  return some;
}

void Simulation::pass_time() {
  if (chance(jumping_))
    now_ += Millis(between(-Millis(2h).count(), Millis(2h).count()));
  else if (chance(0.01))
    now_ += typical_gap_ * between(50, 500);
  else if (chance(0.7))
    now_ += Millis(between(0, 2 * typical_gap_.count()));
}

bool Simulation::admit(const std::vector<ScopeId>& scopes, std::int64_t tokens) {
  const Decision decision = subject_->reserve(ChargeId{++last_id_}, scopes, tokens, now_);
  const auto* reservation = std::get_if<Reservation>(&decision);
  if (reservation == nullptr) return false;
  auditor_.admitted(*reservation, scopes, tokens, now_);
  open_.push_back({reservation->id, tokens, reservation->admitted_at, scopes});
  ++result_.admitted;
  return true;
}

void Simulation::reserve() {
  const auto scopes = some_scopes();
  const std::int64_t tokens = chance(0.02) ? 0 : between(1, chance(0.05) ? 60 * typical_ask_ : 2 * typical_ask_);
  const auto denied = subject_->would_deny(scopes, tokens, now_);
  std::array<Standing, 5> before;
  if (denied)
    for (std::size_t i = 0; i < scopes_.size(); ++i) before[i] = subject_->standing(scopes_[i], now_);
  if (admit(scopes, tokens) == denied.has_value()) return found("would_deny() and reserve() disagree");
  if (!denied) return;
  ++result_.denied;
  auditor_.denied(*denied, scopes, tokens, now_);
  for (std::size_t i = 0; i < scopes_.size(); ++i) {
    const Standing after = subject_->standing(scopes_[i], now_);
    for (std::size_t kind = 0; kind < kLimitKinds; ++kind)
      if (after.window[kind].used != before[i].window[kind].used) found("a refusal was counted");
  }
  if (!denied->never && denied->limit != LimitKind::concurrent && chance(obeying_)) obey(*denied, scopes, tokens);
}

void Simulation::obey(const Denied& denied, const std::vector<ScopeId>& scopes, std::int64_t tokens) {
  now_ += denied.retry_after - 1ms;
  if (!subject_->would_deny(scopes, tokens, now_)) found("Retry-After is late");
  now_ += 1ms;
  const auto still = subject_->would_deny(scopes, tokens, now_);
  if (still && still->limit != LimitKind::concurrent) found("Retry-After is early");
  if (still) auditor_.denied(*still, scopes, tokens, now_);
  if (admit(scopes, tokens) == still.has_value()) found("would_deny() and reserve() disagree");
  ++result_.waited;
}

void Simulation::end(std::size_t which, bool release) {
  Charge charge = std::move(open_[which]);
  open_[which] = std::move(open_.back());
  open_.pop_back();
  if (release) {
    auditor_.ended(charge.id, std::nullopt, subject_->release(charge.id, now_), now_);
    charge.scopes.clear();
  } else {
    std::int64_t actual = chance(0.3) ? charge.tokens : between(0, charge.tokens);
    if (chance(overrunning_)) actual = charge.tokens + between(1, (chance(0.1) ? 40 : 2) * typical_ask_);
    auditor_.ended(charge.id, actual, subject_->settle(charge.id, actual, now_), now_);
    charge.tokens = actual;
  }
  ended_.push_back(std::move(charge));
}

void Simulation::end_again() {
  const ChargeId id = ended_.empty() || chance(0.1) ? ChargeId{last_id_ + 1000} : ended_[rng_.below(ended_.size())].id;
  if (chance(0.5))
    auditor_.ended(id, 1, subject_->settle(id, 1, now_), now_);
  else
    auditor_.ended(id, std::nullopt, subject_->release(id, now_), now_);
}

// The process dies and comes back: open charges are closed at their reservation, and the windows are rebuilt from the
// ledger, in no particular order.
void Simulation::restart() {
  now_ = std::max(now_, auditor_.latest());
  for (; !open_.empty(); open_.pop_back()) {
    auditor_.ended(open_.back().id, open_.back().tokens, true, now_);
    ended_.push_back(std::move(open_.back()));
  }
  auto fresh = make_subject_(options_);
  for (const ScopeId scope : scopes_) fresh->set_limits(scope, subject_->engine.limits_of(scope));
  std::vector<const Charge*> ledger;
  for (const Charge& charge : ended_) ledger.push_back(&charge);
  for (std::size_t i = ledger.size(); i > 1; --i) std::swap(ledger[i - 1], ledger[rng_.below(i)]);
  for (const Charge* charge : ledger) fresh->restore(charge->scopes, charge->tokens, charge->admitted_at);
  subject_ = std::move(fresh);
  for (const ScopeId scope : scopes_) look(scope);
  ++result_.restarts;
}

void Simulation::step() {
  pass_time();
  if (chance(restarting_)) restart();
  if (chance(changing_)) set_limits(scopes_[rng_.below(scopes_.size())]);
  const double dice = rng_.unit();
  if (dice < 0.08) {
    look(scopes_[rng_.below(scopes_.size())]);
  } else if (dice < 0.12) {
    end_again();
  } else if (!open_.empty() && (dice < 0.45 || open_.size() > most_open_)) {
    end(rng_.below(open_.size()), chance(releasing_));
  } else {
    reserve();
  }
}

SimulationResult Simulation::run(int steps) {
  for (int i = 0; i < steps && !result_.finding && !auditor_.finding(); ++i) step();
  while (!open_.empty()) end(open_.size() - 1, false);
  for (const ScopeId scope : scopes_) look(scope);
  auditor_.finish(subject_->engine.open_reservations());
  if (!result_.finding) result_.finding = auditor_.finding();
  return result_;
}

}  // namespace

SimulationResult simulate(std::uint64_t seed, int steps, const MakeSubject& make_subject) {
  return Simulation(seed, make_subject).run(steps);
}

}  // namespace ktl::quota
