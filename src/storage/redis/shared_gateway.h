#pragma once
// A simulated gateway of several that share a store, for tests: it asks, undoes, leases (lease.h), tells endings until
// they are understood, beats, and expires the charges of gateways that stopped beating. What its journal would hold
// survives its death; the rest does not. It keeps the rules that a gateway has to keep (functions.h): an ending that
// the store does not know is booked; what was understood in the last seconds is told again when the store comes back.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "storage/redis/functions.h"
#include "storage/redis/lease.h"
#include "storage/redis/shared_auditor.h"
#include "storage/redis/shared_network.h"
#include "storage/redis/shared_simulation.h"

namespace ktl::storage::redis {

// What all gateways of one life have in common.
struct SharedWorld {
  LuaHost& host;
  Rng& rng;
  SharedNetwork& network;
  SharedAuditor& auditor;
  Functions functions;
  Careless careless = Careless::no;
  bool cluster = false;  // what tenants share is a second step
  bool leases = false;
  std::int64_t lease_length = 0;  // ms
  bool open_on_loss = false;      // admits while the store is away
  double releasing = 0;
  std::int64_t pace = 1;         // of everything that is not the network
  std::int64_t typical_ask = 1;  // tokens
  std::vector<LimitedScope> users;
  LimitedScope everybody;
  std::vector<std::string> tags;
  std::set<std::string> living;  // gateways, by name
  struct {
    std::int64_t admitted = 0, refused = 0, undone = 0, leased = 0, from_leases = 0, expired = 0, adjusted = 0,
                 booked = 0, again = 0;
  } counts;

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(high - low + 1)));
  }
  bool chance(double probability) { return rng.unit() < probability; }
};

class SharedGateway {
 public:
  SharedGateway(SharedWorld& world, int number) : world_(world), number_(number) {}

  void start();  // a new run; goes on telling what the last one had written down
  void kill();
  bool lives() const { return lives_; }
  void cut_off(bool is) { cut_off_ = is; }
  void request();  // somebody asks it for something
  void store_is_back();
  bool nothing_to_tell() const;

 private:
  enum class Ending { none, settle, release, expire, undo };
  struct Charge {
    std::string name;
    std::uint64_t number = 0;  // at the end of the name
    std::string gateway;
    std::vector<ChargePlace> steps;  // the first one is booked
    std::vector<ScopeName> noted;
    std::int64_t requests = 1;
    std::int64_t tokens = 0;
    std::int64_t places = 1;
    bool is_lease = false;
    std::shared_ptr<Charge> lease;  // that it was taken from
    std::int64_t sent_at = 0;
    std::int64_t admitted_at = 0;
    std::vector<std::pair<ScopeId, std::int64_t>> at;
    std::vector<Told> told;
    bool unshared = false;
    Ending ending = Ending::none;
    Used used;
    std::vector<bool> understood;  // step by step
    int under_way = 0;
  };
  using ChargePtr = std::shared_ptr<Charge>;
  struct HeldLease {
    ChargePtr charge;
    Lease lease;
    std::vector<ChargePtr> ended;  // not told yet
    bool telling = false;
    bool left = false;  // a call failed: charges are told one by one
    std::optional<LeaseAmount> kept;
  };
  using HeldLeasePtr = std::shared_ptr<HeldLease>;

  bool is(Careless kind) const { return world_.careless == kind; }
  MonoTime mono() const { return MonoTime(Millis(world_.network.now())); }
  void send(Command command, std::function<void(std::optional<Value>)> answered);
  void every(std::int64_t period, std::function<void()> run);

  ChargePtr make_charge(std::size_t user, std::int64_t tokens);
  void take_step(const ChargePtr& charge, std::size_t step, std::function<void(const Admitted&)> opened);
  void undo(const ChargePtr& charge, std::size_t steps);
  bool take_from_lease(std::size_t user, std::int64_t tokens);
  void consider_lease(std::size_t user);
  void look_after_leases();
  void tell_lease(const HeldLeasePtr& held);
  bool is_over(const HeldLease& held) const;
  bool waits_for_others(const Charge& lease) const;
  void is_understood(const ChargePtr& charge);
  LeasedCharge leased(const Charge& charge) const;
  void begin_work(const ChargePtr& charge, std::int64_t tokens, std::function<void(const Used&)> ended);
  void end(const ChargePtr& charge, Ending ending, const Used& used);

  void tell(const ChargePtr& charge);
  void tell_step(const ChargePtr& charge, std::size_t step, bool book);
  Command words_of(const Charge& charge, std::size_t step, bool book) const;
  void tell_all();
  void beat();
  void sweep();
  void expire(const std::string& tag, const OpenCharge& open);

  SharedWorld& world_;
  const int number_;
  bool lives_ = false;
  bool cut_off_ = false;
  int run_ = 0;
  std::uint64_t last_charge_ = 0;

  // In the journal.
  std::map<std::string, ChargePtr> written_;
  std::deque<std::pair<std::int64_t, ChargePtr>> understood_;

  // Gone with the process.
  std::string name_;
  bool beating_ = false;
  std::map<std::string, ChargePtr> asked_;  // no answer yet
  std::map<std::string, ChargePtr> undoing_;
  std::map<std::size_t, std::size_t> working_;  // works by the auditor's number
  std::map<std::size_t, Demand> demand_;
  std::map<std::size_t, HeldLeasePtr> leases_;
  std::vector<HeldLeasePtr> ending_leases_;
  std::map<std::size_t, std::vector<Told>> last_told_;
  std::set<std::size_t> leasing_;
  std::vector<std::string> known_alive_;
  std::size_t next_tag_ = 0;
};

}  // namespace ktl::storage::redis
