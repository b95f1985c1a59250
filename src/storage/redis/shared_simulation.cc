#include "storage/redis/shared_simulation.h"

#include <algorithm>
#include <array>
#include <memory>
#include <sstream>
#include <vector>

#include "storage/redis/shared_gateway.h"

namespace ktl::storage::redis {

namespace {

using quota::LimitKind;

constexpr std::int64_t kLife = 80'000;  // ms, at pace 1

class Simulation {
 public:
  Simulation(std::uint64_t seed, LuaHost& host, Careless careless);
  SharedLife run();

 private:
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool chance(double probability) { return rng_.unit() < probability; }
  static std::int64_t some_start(Rng& rng);
  static NetworkFaults some_faults(Rng& rng);
  quota::Limits some_limits(std::int64_t size);
  // The first is busier than the others.
  SharedGateway& any() { return *gateways_[chance(0.4) ? 0 : rng_.below(gateways_.size())]; }

  void ask_and_ask_again();
  void die_now_and_then();
  void cut_off_now_and_then();
  void lose_the_store_now_and_then();
  void come_to_rest();
  bool at_rest() const;
  std::int64_t in_flight_and_open();
  void read_the_books();
  Value call(const Command& command) {
    host_.set_time(WallTime(Millis(network_.now())));
    return host_.call(command);
  }

  LuaHost& host_;
  Rng rng_;
  quota::EngineOptions day_;
  SharedAuditor auditor_;
  SharedNetwork network_;
  SharedWorld world_;
  std::vector<std::unique_ptr<SharedGateway>> gateways_;
  SharedLife life_;
  bool asking_ = true;
  std::int64_t gap_;
  std::int64_t tempo_ = 10;
};

// Often just before a midnight in Seoul.
std::int64_t Simulation::some_start(Rng& rng) {
  const std::int64_t midnight = 1'800'025'200'000;  // 2027-01-16 00:00 +09:00
  return midnight - static_cast<std::int64_t>(rng.below(4) == 0 ? rng.below(100'000) : rng.below(80'000'000));
}

NetworkFaults Simulation::some_faults(Rng& rng) {
  constexpr std::array<std::int64_t, 4> kDelays{2, 30, 1'000, 10'000};
  NetworkFaults faults;
  faults.losing = rng.below(3) == 0 ? 0 : rng.unit() * 0.15;
  faults.duplicating = rng.below(3) == 0 ? 0 : rng.unit() * 0.3;
  faults.longest_delay = kDelays[rng.below(kDelays.size())];
  faults.loses_a_second = rng.below(5) < 2;
  return faults;
}

Simulation::Simulation(std::uint64_t seed, LuaHost& host, Careless careless)
    : host_(host),
      rng_(seed),
      day_{Millis(std::chrono::hours(9)), rng_.below(5) == 0},
      auditor_(day_.day_offset),
      network_(host, rng_, some_faults(rng_), some_start(rng_)),
      world_{.host = host,
             .rng = rng_,
             .network = network_,
             .auditor = auditor_,
             .functions = Functions(Keyspace("ktl"), day_),
             .users = {},
             .everybody = {},
             .tags = {},
             .living = {},
             .counts = {}} {
  host.keyspace().clear();
  world_.careless = careless;
  world_.cluster = chance(0.35);
  world_.leases = !world_.cluster && chance(0.7);
  world_.lease_length = between(500, 20'000);
  world_.open_on_loss = chance(0.3);
  world_.releasing = chance(0.5) ? 0 : 0.15;
  world_.pace = chance(0.75) ? 1 : 15;
  world_.typical_ask = between(1, 400);
  gap_ = (world_.leases ? between(20, 300) : between(50, 700)) * world_.pace;
  const auto users = between(1, 3);
  for (std::int64_t i = 1; i <= users; ++i) {
    const ScopeId id{static_cast<std::uint32_t>(i)};
    world_.users.push_back({ScopeKind::user, id, some_limits(1)});
    world_.tags.push_back(Keyspace::tenant_tag(id));
  }
  world_.everybody = {ScopeKind::global, ScopeId{50}, some_limits(users)};
  if (world_.cluster) world_.tags.push_back(Keyspace::shared_tag(ScopeKind::global, ScopeId{50}));
  for (const LimitedScope& user : world_.users) auditor_.limits_are(user.id, user.limits);
  auditor_.limits_are(world_.everybody.id, world_.everybody.limits);
  network_.on_forgotten = [this](const std::string& charge) {
    ++life_.forgotten;
    auditor_.admitted_beside(charge.substr(0, charge.find('.')));
    auditor_.places_uncertain();
  };
  const auto gateways = between(1, 5);
  for (std::int64_t i = 0; i < gateways; ++i)
    gateways_.push_back(std::make_unique<SharedGateway>(world_, static_cast<int>(i)));
}

quota::Limits Simulation::some_limits(std::int64_t size) {
  quota::Limits limits;
  const double limited = rng_.unit();
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto kind = static_cast<LimitKind>(i);
    if (!chance(limited)) continue;
    const std::int64_t longer = quota::window_of(kind) == quota::Window::minute ? 1 : 3;
    const std::int64_t requests = between(3, chance(0.5) ? 40 : 400) * size * longer;
    switch (quota::dimension_of(kind)) {
      case quota::Dimension::requests:
        limits[kind] = requests;
        break;
      case quota::Dimension::tokens:
        limits[kind] = requests * world_.typical_ask;
        break;
      case quota::Dimension::in_flight:
        limits[kind] = between(1, 8) * size;
        break;
    }
  }
  return limits;
}

void Simulation::ask_and_ask_again() {
  if (!asking_) return;
  any().request();
  // They come in bursts, now faster, now slower.
  if (chance(0.03)) tempo_ = between(1, 30);
  const std::int64_t pause =
      chance(world_.leases ? 0.01 : 0.04) ? between(1'000, 30'000) * world_.pace : between(0, gap_ * tempo_ / 5);
  network_.in(pause, [this] { ask_and_ask_again(); });
}

void Simulation::die_now_and_then() {
  if (!asking_) return;
  SharedGateway& gateway = any();
  if (gateway.lives()) {
    gateway.kill();
    ++life_.deaths;
    if (chance(0.7))
      network_.in(between(0, 40'000) * world_.pace, [&] {
        if (!gateway.lives()) gateway.start();
      });
  }
  network_.in(between(5'000, 60'000) * world_.pace, [this] { die_now_and_then(); });
}

void Simulation::cut_off_now_and_then() {
  if (!asking_) return;
  SharedGateway& gateway = any();
  gateway.cut_off(true);
  network_.in(between(0, 30'000) * world_.pace, [&] { gateway.cut_off(false); });
  network_.in(between(5'000, 60'000) * world_.pace, [this] { cut_off_now_and_then(); });
}

void Simulation::lose_the_store_now_and_then() {
  if (!asking_) return;
  network_.stop();
  ++life_.outages;
  network_.in(between(0, chance(0.8) ? 3'000 : 100'000), [this] {
    network_.start();
    for (auto& gateway : gateways_) gateway->store_is_back();
  });
  network_.in(between(110'000, 180'000) * (world_.pace > 1 ? world_.pace / 2 : 1) / (chance(0.5) ? 1 : 4) + 101'000,
              [this] { lose_the_store_now_and_then(); });
}

bool Simulation::at_rest() const {
  return std::all_of(gateways_.begin(), gateways_.end(),
                     [](const auto& gateway) { return !gateway->lives() || gateway->nothing_to_tell(); });
}

// No more faults; who lives tells all that there is to tell. Then those who died come back, some of them long after.
void Simulation::come_to_rest() {
  asking_ = false;
  network_.heal();
  const auto rest = [this] {
    for (int i = 0; i < 400 && !at_rest(); ++i) network_.run_until(network_.now() + 1'000 * world_.pace);
    if (!at_rest()) auditor_.found("something is told for ever");
  };
  if (!network_.up()) {
    network_.start();
    for (auto& gateway : gateways_) gateway->store_is_back();
  }
  for (auto& gateway : gateways_) gateway->cut_off(false);
  rest();
  if (chance(0.3)) {
    for (auto& gateway : gateways_)
      if (gateway->lives()) gateway->kill();
    network_.run_until(network_.now() + between(10, 3'000) * 60'000);
  }
  for (auto& gateway : gateways_)
    if (!gateway->lives()) gateway->start();
  rest();
  for (int i = 0; i < 100 && in_flight_and_open() > 0; ++i) network_.run_until(network_.now() + 1'000 * world_.pace);
  if (in_flight_and_open() > 0) auditor_.found("a charge, or a place, stays open for ever");
}

std::int64_t Simulation::in_flight_and_open() {
  std::int64_t sum = 0;
  for (const std::string& tag : world_.tags) {
    const auto open = read_open_charges(call(world_.functions.open_charges(tag, false, {}, 1'000)));
    sum += static_cast<std::int64_t>(open.value().size());
  }
  std::vector<LimitedScope> scopes = world_.users;
  scopes.push_back(world_.everybody);
  for (const LimitedScope& scope : scopes) {
    const std::string tenant = Keyspace::tenant_tag(scope.id);
    const ChargePlace place{Keyspace::home(tenant, scope.kind, scope.id), "", {scope}};
    sum += read_standing(call(world_.functions.standing(place)), place.scopes).value()[0][LimitKind::concurrent].used;
  }
  return sum;
}

void Simulation::read_the_books() {
  std::array<std::int64_t, 3> totals{};
  const ScopeName everybody{world_.everybody.kind, world_.everybody.id};
  for (std::size_t i = 0; i < world_.users.size(); ++i) {
    const std::string& tag = world_.tags[i];
    std::int64_t lines = 1;
    for (int round = 0; round < 1'000 && lines > 0; ++round)
      lines =
          read_roll_up(call(world_.functions.roll_up(tag, 100, std::chrono::hours(1'000), Millis(0)))).value().lines;
    const auto sums = read_totals(call(world_.functions.totals(tag, std::nullopt, {&everybody, 1}))).value()[0];
    for (std::size_t k = 0; k < 3; ++k) totals[k] += sums[k];
    const std::string ledger = world_.functions.keys().ledger(tag);
    const std::string_view words[] = {"XRANGE", ledger, "-", "+", "COUNT", "100000"};
    for (const Value& entry : host_.keyspace().execute(words, false).items) {
      std::stringstream text(entry.items[1].items[1].text);
      for (std::string line; std::getline(text, line);) auditor_.entry(line);
    }
  }
  auditor_.totals(totals[0], totals[1], totals[2]);
}

SharedLife Simulation::run() {
  for (auto& gateway : gateways_) gateway->start();
  ask_and_ask_again();
  const auto later = [this](auto what) { network_.in(between(0, kLife) * world_.pace, what); };
  if (chance(0.6)) later([this] { die_now_and_then(); });
  if (chance(0.4)) later([this] { cut_off_now_and_then(); });
  if (network_.loses_a_second() || chance(0.4)) later([this] { lose_the_store_now_and_then(); });
  network_.run_until(network_.now() + kLife * world_.pace);
  come_to_rest();
  read_the_books();
  auditor_.finish();
  life_.finding = auditor_.finding();
  life_.admitted = world_.counts.admitted;
  life_.refused = world_.counts.refused;
  life_.undone = world_.counts.undone;
  life_.leased = world_.counts.leased;
  life_.from_leases = world_.counts.from_leases;
  life_.expired = world_.counts.expired;
  life_.adjusted = world_.counts.adjusted;
  life_.booked = world_.counts.booked;
  life_.told_again = world_.counts.again;
  return life_;
}

}  // namespace

SharedLife simulate_shared(std::uint64_t seed, LuaHost& host, Careless careless) {
  return Simulation(seed, host, careless).run();
}

}  // namespace ktl::storage::redis
