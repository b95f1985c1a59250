#pragma once
// The functions that run inside Redis (functions/*.lua): the words of each call, and what each reply means. No I/O:
// a Command goes to Client::call(), its reply to the matching read_….
//
// The ABI. Library and functions carry its number ("ktl1", "ktl1_reserve"), so that gateways of two versions can share
// a server while they are upgraded; within one ABI a gateway loads its library only over an older revision (about).
// Every function runs alone (Redis has one thread), touches only keys of one slot, which are named in the call (but for
// the totals of days and hours, which are named after those of all time), and
// takes its time from the server's clock unless `now` is given (tests). A clock that goes back never opens a window
// again. Counting, refusing, debt and waits are those of quota::Engine, instant for instant.
//
//   reserve       all scopes or nothing: requests, tokens, places in flight. The same charge again: the first answer
//   check         would reserve refuse? Counts nothing
//   settle        ends a charge with what was used; corrects the slices that carry it; one ledger entry
//   release       ends a charge whose work never started; one ledger entry
//   expire        ends a charge whose gateway died, at what was reserved; one ledger entry. A settle or release that
//                 comes later all the same corrects the slices and writes an `adjust` entry with the differences
//   undo          as if the reservation had never been made: no entry. Before the reservation: it will not be made
//   spend         ends charges that were taken from a lease, each once, with a line each; the lease shrinks by what
//                 they used, and to what is still wanted of it. Nothing wanted: it has ended
//   book          work that ran while the store could not be reached, or was lost by it; once
//   roll_up       adds the ledger's new lines to the totals, each once
//   …             gateways, scope numbers, settings: see below
//
// An ending may be repeated for 7 days, also by a gateway that comes back: it is answered "already ended" and changes
// nothing. So `unknown` means that the store never had the charge, or has lost it (a crash without AOF always, a
// replica that took over): whoever knows its usage books it. An expired charge may be adjusted for 30 days. A
// reservation that arrives more than 60 s after its own ending would open the charge again; nobody sends one twice.
// Charge ids: 1 to 64 characters, no blank, no '/'; best "<run>-<number in hexadecimal digits>[.<step>]", numbers
// increasing within a run: then an ended charge costs a bit. Gateway names: 1 to 64 characters, no blank, no '/'.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/usage.h"
#include "ledger/entry.h"
#include "quota/engine.h"
#include "quota/shared_limits.h"
#include "storage/redis/keyspace.h"
#include "storage/redis/resp.h"

namespace ktl::storage::redis {

inline constexpr int kAbi = 1;

// The library's source, built in.
std::string_view functions_source();

// One command, with the key that decides which server gets it.
struct Command {
  std::vector<std::string> words;
  std::string slot_key;

  std::vector<std::string_view> views() const { return {words.begin(), words.end()}; }
};

// When it is. Nothing: the server's clock.
using Now = std::optional<WallTime>;

using quota::LimitedScope;

struct ScopeName {
  ScopeKind kind = ScopeKind::user;
  ScopeId id = ScopeId::none;
  friend bool operator==(const ScopeName&, const ScopeName&) = default;
};

// Where a charge lives: its tag, and those of its scopes that are counted with it, in order. A single server takes all
// of them at once; in a cluster those that tenants share must have the charge's tag (Keyspace::home).
struct ChargePlace {
  std::string tag;
  std::string charge;
  std::vector<LimitedScope> scopes;
};

struct Ask {
  std::string gateway;
  std::int64_t tokens = 0;
  std::int64_t requests = 1;
  std::int64_t places = 1;  // in flight
  // A lease: counted in the slice of an instant so long after its admission, so that what is used of it until then is
  // never counted too short; the answer tells the instant that was taken, which never lies beyond the calendar day.
  std::optional<Millis> lease;
  bool booked = true;            // false: the second half of a charge whose entry is written elsewhere
  std::vector<ScopeName> noted;  // all scopes of the charge, for its ledger entry
};

// How one scope stands, for the kinds that are limited.
struct Told {
  std::array<std::int64_t, quota::kLimitKinds> used{};
  std::array<Millis, quota::kLimitKinds> reset{};  // until nothing of it counts any more
};

struct Admitted {
  WallTime at{};             // the instant of admission, by the server
  WallTime counted_until{};  // the instant whose slices carry it: `at`, but for a lease
  bool fresh = true;         // false: it had been admitted before
  std::vector<Told> scopes;
};
struct Refused {
  std::size_t scope = 0;  // in ChargePlace::scopes
  quota::LimitKind limit = quota::LimitKind::rpm;
  std::int64_t allowed = 0;
  std::int64_t used = 0;
  std::int64_t requested = 0;
  Millis retry_after{0};
  bool never = false;
};
struct EndedBefore {};  // this charge was reserved and ended, or undone
using ReserveAnswer = std::variant<Admitted, Refused, EndedBefore>;

enum class EndAnswer : std::int8_t {
  unknown = -1,  // no such charge, or it was lost
  already = 0,   // nothing was changed
  ended = 1,
  adjusted = 2,  // it had expired; the books and the windows were corrected
};

struct Used {
  std::int64_t requests = 1;
  TokenUsage tokens;
  ledger::Outcome outcome = ledger::Outcome::ok;
};

// What was admitted and ended elsewhere.
struct PastWork {
  std::string gateway;
  WallTime admitted_at{};
  std::int64_t reserved = 0;
  Used used;
  bool booked = true;
  std::vector<ScopeName> noted;
};

// What a lease holds, or what is kept of it.
struct LeaseAmount {
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  std::int64_t places = 0;  // 0: no scope limits them
  friend bool operator==(const LeaseAmount&, const LeaseAmount&) = default;
};

inline constexpr std::size_t kMostLeasedCharges = 1024;
// A charge that was taken from a lease, and has ended. It is named as the lease is, but for the number at the end.
struct LeasedCharge {
  std::uint64_t number = 0;
  ledger::EntryKind kind = ledger::EntryKind::settle;
  WallTime admitted_at{};
  std::int64_t reserved = 0;
  Used used;
};

struct Spent {
  bool lease_known = false;
  std::vector<std::size_t> unknown;  // charges that the lease does not know: it has ended, or was lost
};

struct OpenCharge {
  std::string charge;
  std::string gateway;
  WallTime admitted_at{};
  std::int64_t tokens = 0;
  bool booked = true;
  std::vector<ScopeName> noted;
};

struct Pulse {
  WallTime now{};
  std::int64_t gateways = 0;  // alive, with the one that asks
  std::int64_t version = 0;   // of the settings
};

struct Written {
  bool done = false;
  std::int64_t version = 0;          // done: the record's new one; else the one that stands,
  std::optional<std::string> value;  // with this value
};

struct Change {
  std::string name;
  std::int64_t version = 0;
  std::optional<std::string> value;  // nothing: removed
};
struct RecordEdit {
  std::string name;
  std::optional<std::string> value;  // nothing: remove
};
struct Changes {
  std::int64_t version = 0;  // the latest; if the list is full, ask again after its last version
  std::vector<Change> list;  // in order of version, one of each record
};

struct RolledUp {
  std::int64_t lines = 0;  // counted now; as many as asked for, or more: there may be more
  std::int64_t kept = 0;   // entries still in the stream; those of one call of spend are lines of one
};

// The calls. All pure; an instance is small, constant, and may be shared by threads.
class Functions {
 public:
  Functions(Keyspace keys, quota::EngineOptions day) : keys_(std::move(keys)), day_(day) {}
  const Keyspace& keys() const { return keys_; }

  Command reserve(const ChargePlace& place, const Ask& ask, Now now = {}) const;
  Command check(const ChargePlace& place, const Ask& ask, Now now = {}) const;
  Command settle(const ChargePlace& place, const Used& used, Now now = {}) const;
  Command release(const ChargePlace& place, Now now = {}) const;
  Command expire(const ChargePlace& place, Now now = {}) const;
  Command undo(const ChargePlace& place, Now now = {}) const;
  // The lease's name ends in "-<number>". At most kMostLeasedCharges, whose numbers are the same but for their last 16
  // bits. `keep`: nothing, all that is left.
  Command spend(const ChargePlace& lease, std::span<const LeasedCharge> charges, std::optional<LeaseAmount> keep,
                Now now = {}) const;
  Command book(const ChargePlace& place, const PastWork& work, Now now = {}) const;
  Command standing(const ChargePlace& place, Now now = {}) const;
  // The open charges of these gateways, or of all others, at most `most`.
  Command open_charges(std::string_view tag, bool of_these, std::span<const std::string> gateways, int most) const;

  // Call it until it moves less than `most` (at most 500). Entries stay in the stream for `keep`, and until moved;
  // totals of a day stay for `keep_days` (0 = for ever).
  Command roll_up(std::string_view tag, int most, Millis keep, Millis keep_days, Now now = {}) const;
  // Requests, prompt and completion tokens of each scope, ever or on a day.
  Command totals(std::string_view tag, std::optional<std::int64_t> day, std::span<const ScopeName> scopes) const;
  // Of one scope on each of the days [from, to]; in each of the hours, which are kept for three days.
  Command totals_of_days(std::string_view tag, std::int64_t from, std::int64_t to, ScopeName scope) const;
  Command totals_of_hours(std::string_view tag, std::int64_t from, std::int64_t to, ScopeName scope) const;

  // A gateway beats before its first reservation and then more often than `alive_for`.
  Command heartbeat(std::string_view gateway, Millis alive_for, Now now = {}) const;
  Command alive(Millis alive_for, Now now = {}) const;
  Command leave(std::string_view gateway) const;
  Command scope_number(ScopeKind kind, std::string_view name) const;
  // Writes (or removes) a record if its version is still `seen` (0: there is none; nothing: whatever there is).
  Command put(std::string_view name, std::optional<std::int64_t> seen, std::optional<std::string_view> value) const;
  Command changes(std::int64_t after, int most) const;
  // Writes and removes records together if the settings are still at version `seen`, and notes it (empty: no note).
  Command change(std::int64_t seen, std::span<const RecordEdit> edits, std::string_view note, int notes_kept) const;
  // The notes, latest first, before the one of that id (empty: from the latest on).
  Command notes(const std::string& before, std::size_t most) const;

  static Command load();
  static Command about();

 private:
  std::vector<std::string> scope_keys(const ChargePlace& place, std::vector<std::string> first) const;
  std::string day_word() const;
  Command end(std::string_view function, const ChargePlace& place, Now now) const;

  Keyspace keys_;
  quota::EngineOptions day_;
};

// The replies. Failure (source storage): the server's own error, or a reply that is none of ours.
Result<ReserveAnswer> read_reserve(const Value& reply, std::span<const LimitedScope> scopes);
Result<std::optional<Refused>> read_check(const Value& reply);
Result<EndAnswer> read_end(const Value& reply);  // settle, release, expire, undo, book
Result<Spent> read_spent(const Value& reply);
Result<std::vector<quota::Standing>> read_standing(const Value& reply, std::span<const LimitedScope> scopes);
Result<std::vector<OpenCharge>> read_open_charges(const Value& reply);
Result<RolledUp> read_roll_up(const Value& reply);
Result<std::vector<std::array<std::int64_t, 3>>> read_totals(const Value& reply);
Result<Pulse> read_heartbeat(const Value& reply);
Result<std::vector<std::string>> read_names(const Value& reply);  // alive
Result<std::int64_t> read_number(const Value& reply);             // scope_number, leave
Result<Written> read_put(const Value& reply);
Result<Changes> read_changes(const Value& reply);
Result<Written> read_change(const Value& reply);
Result<std::vector<std::pair<std::string, std::string>>> read_notes(const Value& reply);  // ids and texts
// True if the server has this ABI at this revision or a later one; a missing function is `false`, not a failure.
Result<bool> read_about(const Value& reply);

}  // namespace ktl::storage::redis
