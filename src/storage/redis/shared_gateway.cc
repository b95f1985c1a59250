#include "storage/redis/shared_gateway.h"

#include <algorithm>

namespace ktl::storage::redis {

namespace {

constexpr std::int64_t kBeat = 2'000;  // ms, at pace 1
constexpr std::int64_t kAliveFor = 9'000;
constexpr std::int64_t kTellAgain = 3'000;  // what was understood so long before the store went away

std::string hexadecimal(std::uint64_t number) {
  std::string digits;
  do digits.insert(digits.begin(), "0123456789abcdef"[number % 16]);
  while (number /= 16);
  return digits;
}

}  // namespace

void SharedGateway::send(Command command, std::function<void(std::optional<Value>)> answered) {
  const int run = run_;
  const auto here = [this, run] { return lives_ && run == run_; };
  world_.network.send(
      std::move(command), 1'500, [this, here] { return here() && !cut_off_; },
      [here, answered = std::move(answered)](std::optional<Value> reply) {
        if (here()) answered(std::move(reply));
      });
}

void SharedGateway::every(std::int64_t period, std::function<void()> run) {
  const int this_run = run_;
  world_.network.in(period, [this, this_run, period, run = std::move(run)] {
    if (!lives_ || this_run != run_) return;
    run();
    every(period, run);
  });
}

void SharedGateway::start() {
  lives_ = true;
  ++run_;
  name_ = "g" + std::to_string(number_) + "r" + std::to_string(run_);
  world_.living.insert(name_);
  // The journal's last part is read again, with what had been understood already.
  for (auto& [at, charge] : understood_) {
    if (charge->ending == Ending::undo) continue;
    charge->understood.assign(charge->steps.size(), false);
    written_.emplace(charge->name, charge);
    ++world_.counts.again;
  }
  understood_.clear();
  for (auto& [name, charge] : written_) {
    charge->under_way = 0;
    charge->understood.assign(charge->steps.size(), false);
    if (charge->is_lease) world_.auditor.written_down(name);
    if (charge->ending != Ending::none) continue;
    charge->ending = Ending::expire;
    charge->used = {charge->requests, {.prompt = charge->tokens}, ledger::Outcome::gateway_died};
  }
  beat();
  every(kBeat * world_.pace, [this] { beat(); });
  every(kBeat * world_.pace, [this] { tell_all(); });
  every(kBeat * world_.pace, [this] { sweep(); });
  if (world_.leases) every(200 * world_.pace, [this] { look_after_leases(); });
}

void SharedGateway::kill() {
  lives_ = false;
  beating_ = false;
  world_.living.erase(name_);
  for (const auto& [id, work] : working_) world_.auditor.died(work, world_.network.now());
  for (const auto* charges : {&asked_, &undoing_})
    for (const auto& [name, charge] : *charges) world_.auditor.owner_died(name);
  for (const auto& [name, charge] : written_)
    if (charge->ending == Ending::none) world_.auditor.owner_died(name);
  for (const auto& [at, charge] : understood_)
    if (charge->ending == Ending::undo) world_.auditor.owner_died(charge->name);
  working_.clear();
  asked_.clear();
  undoing_.clear();
  demand_.clear();
  leases_.clear();
  ending_leases_.clear();
  last_told_.clear();
  leasing_.clear();
  known_alive_.clear();
}

bool SharedGateway::nothing_to_tell() const {
  return written_.empty() && undoing_.empty() && asked_.empty() && leases_.empty() && ending_leases_.empty();
}

void SharedGateway::store_is_back() {
  if (!lives_ || is(Careless::tells_once)) return;
  for (auto& [at, charge] : understood_) {
    charge->understood.assign(charge->steps.size(), false);
    (charge->ending == Ending::undo ? undoing_ : written_).emplace(charge->name, charge);
    ++world_.counts.again;
  }
  understood_.clear();
  for (const auto* charges : {&written_, &undoing_})
    for (const auto& [name, charge] : *charges) charge->understood.assign(charge->steps.size(), false);
}

SharedGateway::ChargePtr SharedGateway::make_charge(std::size_t user, std::int64_t tokens) {
  auto charge = std::make_shared<Charge>();
  charge->number = ++last_charge_;
  charge->name = hexadecimal(static_cast<std::uint64_t>(number_ * 256 + run_)) + "-" + hexadecimal(charge->number);
  charge->gateway = name_;
  charge->tokens = tokens;
  const LimitedScope& tenant = world_.users[user];
  charge->noted = {{tenant.kind, tenant.id}, {world_.everybody.kind, world_.everybody.id}};
  charge->steps.push_back({Keyspace::tenant_tag(tenant.id), charge->name, {tenant}});
  if (world_.cluster) {
    const std::string tag = Keyspace::shared_tag(world_.everybody.kind, world_.everybody.id);
    charge->steps.push_back({tag, charge->name + ".1", {world_.everybody}});
  } else {
    charge->steps.front().scopes.push_back(world_.everybody);
  }
  charge->understood.assign(charge->steps.size(), false);
  return charge;
}

void SharedGateway::request() {
  if (!lives_ || !beating_) return;
  const std::size_t user = world_.chance(0.5) ? 0 : world_.rng.below(world_.users.size());
  const std::int64_t tokens = world_.between(1, 2 * world_.typical_ask);
  if (!world_.network.up()) {
    if (!world_.open_on_loss) return;
    const ChargePtr charge = make_charge(user, tokens);
    charge->unshared = true;
    charge->admitted_at = world_.network.now();
    for (const ScopeName& scope : charge->noted) charge->at.emplace_back(scope.id, charge->admitted_at);
    world_.auditor.admitted_beside(charge->name);
    world_.auditor.places_uncertain();
    world_.auditor.reserved(charge->name, 1, tokens);
    written_.emplace(charge->name, charge);
    begin_work(charge, tokens, [this, charge](const Used& used) { end(charge, Ending::settle, used); });
    return;
  }
  if (take_from_lease(user, tokens)) return;
  const ChargePtr charge = make_charge(user, tokens);
  take_step(charge, 0, [this, charge, user, tokens](const Admitted&) {
    ++world_.counts.admitted;
    last_told_[user] = charge->told;
    written_.emplace(charge->name, charge);
    world_.auditor.reserved(charge->name, 1, tokens);
    const auto ended = [this, charge](const Used& used) {
      end(charge, used.requests > 0 ? Ending::settle : Ending::release, used);
    };
    begin_work(charge, tokens, ended);
  });
}

// Step after step; what was taken is undone if a later one refuses, or is not answered.
void SharedGateway::take_step(const ChargePtr& charge, std::size_t step, std::function<void(const Admitted&)> opened) {
  asked_.emplace(charge->name, charge);
  world_.auditor.reserved(charge->name, charge->requests, charge->tokens);
  if (step == 0) charge->sent_at = world_.network.now();
  Ask ask;
  ask.gateway = name_;
  ask.tokens = charge->tokens;
  ask.requests = charge->requests;
  ask.places = charge->places;
  if (charge->is_lease) ask.lease = Millis(world_.lease_length);
  ask.booked = step == 0;
  ask.noted = step == 0 ? charge->noted : std::vector<ScopeName>{charge->noted.back()};
  const ChargePlace& place = charge->steps[step];
  send(world_.functions.reserve(place, ask),
       [this, charge, step, opened = std::move(opened)](std::optional<Value> reply) {
         asked_.erase(charge->name);
         if (!reply) return undo(charge, step + 1);
         const ChargePlace& asked = charge->steps[step];
         const auto answer = read_reserve(*reply, asked.scopes);
         if (!answer) return world_.auditor.found("reserve: " + answer.error().message);
         if (std::holds_alternative<EndedBefore>(*answer)) return undo(charge, step + 1);
         if (std::holds_alternative<Refused>(*answer)) {
           ++world_.counts.refused;
           if (charge->is_lease) written_.erase(charge->name);
           return is(Careless::forgets_first_step) ? void() : undo(charge, step);
         }
         const auto& admitted = std::get<Admitted>(*answer);
         for (std::size_t i = 0; i < asked.scopes.size(); ++i) {
           charge->at.emplace_back(asked.scopes[i].id, admitted.at.time_since_epoch().count());
           charge->told.push_back(admitted.scopes[i]);
         }
         charge->admitted_at = admitted.at.time_since_epoch().count();
         if (step + 1 < charge->steps.size()) return take_step(charge, step + 1, opened);
         opened(admitted);
       });
}

void SharedGateway::undo(const ChargePtr& charge, std::size_t steps) {
  if (steps == 0) return;
  ++world_.counts.undone;
  charge->steps.resize(steps);
  charge->understood.assign(steps, false);
  charge->ending = Ending::undo;
  undoing_.emplace(charge->name, charge);
  tell(charge);
}

// An engine works on it for a while; sometimes it never starts.
void SharedGateway::begin_work(const ChargePtr& charge, std::int64_t tokens, std::function<void(const Used&)> ended) {
  const int run = run_;
  const std::int64_t now = world_.network.now();
  const std::int64_t length = world_.between(0, (world_.chance(0.1) ? 90'000 : 4'000) * world_.pace);
  if (world_.chance(world_.releasing)) {
    world_.network.in(length / 10, [this, run, ended = std::move(ended)] {
      if (lives_ && run == run_) ended({0, {}, ledger::Outcome::unknown});
    });
    return;
  }
  Used used;
  const std::int64_t total = world_.chance(0.3) ? tokens : world_.between(0, tokens);
  used.tokens.prompt = world_.between(0, total);
  used.tokens.completion = total - used.tokens.prompt;
  used.outcome = ledger::Outcome::ok;
  const std::size_t work =
      world_.auditor.began({charge->name, charge->at, used.tokens.prompt, used.tokens.completion, now + length});
  working_.emplace(work, work);
  world_.network.in(length, [this, run, work, used, ended = std::move(ended)] {
    if (!lives_ || run != run_) return;
    working_.erase(work);
    ended(used);
  });
}

void SharedGateway::end(const ChargePtr& charge, Ending ending, const Used& used) {
  charge->ending = ending;
  charge->used = used;
  world_.auditor.written_down(charge->name);
  tell(charge);
}

Command SharedGateway::words_of(const Charge& charge, std::size_t step, bool book) const {
  const ChargePlace& place = charge.steps[step];
  if (charge.is_lease && charge.ending != Ending::undo) return world_.functions.spend(place, {}, LeaseAmount{});
  if (charge.lease && !book) {
    const LeasedCharge words = leased(charge);
    return world_.functions.spend(charge.lease->steps[step], {&words, 1}, std::nullopt);
  }
  if (book) {
    PastWork work;
    work.gateway = charge.gateway;
    work.admitted_at = WallTime(Millis(charge.admitted_at));
    work.reserved = charge.tokens;
    work.used = charge.used;
    work.booked = step == 0;
    work.noted = charge.noted;
    return world_.functions.book(place, work);
  }
  switch (charge.ending) {
    case Ending::settle:
      return world_.functions.settle(place, charge.used);
    case Ending::release:
      return world_.functions.release(place);
    case Ending::undo:
      return world_.functions.undo(place);
    default:
      return world_.functions.expire(place);
  }
}

void SharedGateway::tell(const ChargePtr& charge) {
  for (std::size_t step = 0; step < charge->steps.size(); ++step)
    if (!charge->understood[step]) tell_step(charge, step, charge->unshared && charge->used.requests > 0);
}

void SharedGateway::tell_step(const ChargePtr& charge, std::size_t step, bool book) {
  ++charge->under_way;
  send(words_of(*charge, step, book), [this, charge, step, book](std::optional<Value> reply) {
    --charge->under_way;
    if (!reply) return;
    Result<EndAnswer> answer = EndAnswer::ended;
    if (!book && (charge->lease || (charge->is_lease && charge->ending != Ending::undo))) {
      const auto spent = read_spent(*reply);
      if (!spent) return world_.auditor.found("spent: " + spent.error().message);
      if (!spent->unknown.empty()) answer = EndAnswer::unknown;
      // It may still be under way: it must not be opened after this.
      if (charge->is_lease && !spent->lease_known) send(world_.functions.undo(charge->steps[step]), [](auto) {});
    } else {
      answer = read_end(*reply);
    }
    if (!answer) return world_.auditor.found("an ending: " + answer.error().message);
    world_.counts.adjusted += *answer == EndAnswer::adjusted;
    world_.counts.booked += book && *answer == EndAnswer::ended;
    const bool owed = charge->ending == Ending::settle || charge->ending == Ending::expire;
    if (*answer == EndAnswer::unknown && owed && !book && !is(Careless::drops_unknown))
      return tell_step(charge, step, true);
    charge->understood[step] = true;
    if (std::find(charge->understood.begin(), charge->understood.end(), false) == charge->understood.end())
      is_understood(charge);
  });
}

void SharedGateway::is_understood(const ChargePtr& charge) {
  if (written_.erase(charge->name) + undoing_.erase(charge->name) > 0)
    understood_.emplace_back(world_.network.now(), charge);
}

void SharedGateway::tell_all() {
  for (const auto& [name, charge] : std::map(written_))
    if (charge->ending != Ending::none && charge->under_way == 0 && !waits_for_others(*charge)) tell(charge);
  for (const auto& [name, charge] : std::map(undoing_))
    if (charge->under_way == 0) tell(charge);
  while (world_.network.up() && !understood_.empty() && world_.network.now() - understood_.front().first > kTellAgain)
    understood_.pop_front();
}

void SharedGateway::beat() {
  send(world_.functions.heartbeat(name_, Millis(kAliveFor * world_.pace)), [this](std::optional<Value> reply) {
    if (reply && read_heartbeat(*reply)) beating_ = true;
  });
}

// First the open charges, then who lives: a gateway that begins between the two is in the second list.
void SharedGateway::sweep() {
  const std::string tag = world_.tags[next_tag_++ % world_.tags.size()];
  if (world_.chance(0.1)) send(world_.functions.roll_up(tag, 50, std::chrono::hours(100), Millis(0)), [](auto) {});
  send(world_.functions.open_charges(tag, false, known_alive_, 100), [this, tag](std::optional<Value> reply) {
    const auto open = reply ? read_open_charges(*reply) : std::vector<OpenCharge>{};
    if (!open) return world_.auditor.found("open charges: " + open.error().message);
    send(world_.functions.alive(Millis(kAliveFor * world_.pace)),
         [this, tag, list = *open](std::optional<Value> names) {
           const auto alive = names ? read_names(*names) : Result<std::vector<std::string>>(std::vector<std::string>{});
           if (!names || !alive) return;
           known_alive_ = *alive;
           for (const OpenCharge& charge : list)
             if (std::find(alive->begin(), alive->end(), charge.gateway) == alive->end()) expire(tag, charge);
         });
  });
}

void SharedGateway::expire(const std::string& tag, const OpenCharge& open) {
  if (world_.living.contains(open.gateway)) world_.auditor.places_uncertain();
  ChargePlace place{tag, open.charge, {}};
  for (const ScopeName& scope : open.noted)
    if (!world_.cluster || !open.booked || !Keyspace::is_shared(scope.kind))
      place.scopes.push_back({scope.kind, scope.id, {}});
  send(world_.functions.expire(place), [this](std::optional<Value> reply) {
    const auto answer = reply ? read_end(*reply) : Result<EndAnswer>(EndAnswer::unknown);
    world_.counts.expired += answer && *answer == EndAnswer::ended;
  });
}

}  // namespace ktl::storage::redis
