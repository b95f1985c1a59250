#pragma once
// Audits several gateways and the store they share from outside, for tests: plain records of what was asked of engines
// and of what the ledger says in the end. It has no windows, no charges and no code in common with what it audits.
//
//   never over    P1: in every interval of a limit's length, ending at any admission, the admitted work is within the
//                 limit. Work that a store which lost its last second had admitted in that second, and work that was
//                 admitted without the store, is left out: that is the documented bound
//   in flight     never more at once than allowed, unless a gateway that lives was taken for dead
//   ends once     P5: each charge that admitted work has exactly one ending in the ledger, and at most one adjustment,
//                 after an expiry only. A lease that expired is adjusted until it owes nothing
//   each token    P3: a charge's entries add up to what the engine used, if its gateway could write that down; to what
//                 was reserved, if it could not. What admitted no work adds up to nothing (unless its gateway died)
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "quota/limits.h"

namespace ktl::storage::redis {

class SharedAuditor {
 public:
  explicit SharedAuditor(Millis day_offset) : day_offset_(day_offset.count()) {}

  void limits_are(ScopeId scope, const quota::Limits& limits) { limits_[scope] = limits; }

  // Work begins at an engine. `at`: when each scope admitted it.
  struct Work {
    std::string charge;  // that pays for it
    std::vector<std::pair<ScopeId, std::int64_t>> at;
    std::int64_t prompt = 0;
    std::int64_t completion = 0;
    std::int64_t ended_at = 0;  // known in advance; a death may end it before
  };
  std::size_t began(Work work);
  void died(std::size_t work, std::int64_t at);

  void reserved(const std::string& charge, std::int64_t requests, std::int64_t tokens);
  void written_down(const std::string& charge);  // its gateway has its ending on disk, and is or comes back
  // Taken in advance: work is charged to what is taken from it, and it owes nothing itself.
  void is_lease(const std::string& charge) { charges_[charge].is_lease = true; }
  void taken_from(const std::string& charge, const std::string& lease) { charges_[charge].lease = lease; }
  void owner_died(const std::string& charge);       // before it could write that down
  void admitted_beside(const std::string& charge);  // not counted in the store when it was admitted
  void places_uncertain() { places_uncertain_ = true; }

  // One entry of the ledger's stream, as it stands there.
  void entry(const std::string& text);
  void totals(std::int64_t requests, std::int64_t prompt, std::int64_t completion);
  void finish();

  const std::optional<std::string>& finding() const { return finding_; }
  void found(std::string words) {
    if (!finding_) finding_ = std::move(words);
  }

 private:
  struct Sum {
    std::int64_t requests = 0;
    std::int64_t prompt = 0;
    std::int64_t completion = 0;
    friend bool operator==(const Sum&, const Sum&) = default;
  };
  struct Charge {
    std::int64_t reserved_requests = 0;
    std::int64_t reserved_tokens = 0;
    bool written_down = false;
    bool owner_died = false;
    bool beside = false;
    bool worked = false;
    bool is_lease = false;
    std::string lease;
    Sum used;
    Sum booked;
    int endings = 0;
    int expiries = 0;
    int adjustments = 0;
  };
  bool was_beside(const Charge& charge) const;
  void check_windows(ScopeId scope, const quota::Limits& limits);
  void check_places(ScopeId scope, std::int64_t limit);
  void check_charge(const std::string& name, const Charge& charge);

  std::int64_t day_offset_;
  std::map<ScopeId, quota::Limits> limits_;
  std::vector<Work> works_;
  std::map<std::string, Charge> charges_;
  Sum in_ledger_;
  bool places_uncertain_ = false;
  std::optional<std::string> finding_;
};

}  // namespace ktl::storage::redis
