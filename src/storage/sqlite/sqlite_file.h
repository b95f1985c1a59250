#pragma once
// The SQLite file as people and start-up use it: who exists, who is banned, what was used. Not the path of a charge
// (that is sqlite_store.h). The gateway and the command line open the same file at the same time; each call is one
// short transaction. A command line that changes users or keys then asks the gateway to reload (SIGHUP).
//
// Thread-safe (one mutex). Blocks on the disk, and up to `busy` on a lock of somebody else (then: unavailable, retry).
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/adjustment.h"
#include "ledger/books.h"
#include "ledger/usage_book.h"
#include "storage/identity_store.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/usage_rows.h"
#include "storage/sqlite/verification.h"

namespace ktl::storage {

struct DayUsageRow {
  std::int64_t day = 0;  // since 1970-01-01, in the gateway's zone
  ScopeKind kind = ScopeKind::user;
  std::string name;
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

class SqliteFile final : public ledger::Books, public IdentityStore {
 public:
  // read_write: creates the file and its folder, migrates an older file when no gateway runs (conflict otherwise).
  // read_only: the file must exist and have this program's schema. What a running or killed gateway has still in its
  // journal is not seen yet.
  static Result<std::unique_ptr<SqliteFile>> open(const std::string& path, Access access,
                                                  Millis busy = std::chrono::seconds(5));

  // read_only: not_found if new.
  Result<ScopeId> scope(ScopeKind kind, std::string_view name) override;
  Result<std::vector<ScopeRow>> scopes();

  Result<People> people() override;  // sqlite_file_people.cc
  Result<std::int64_t> version() override;
  Result<std::int64_t> change(std::int64_t seen, std::span<const Edit> edits, const AuditRow& note) override;
  Result<void> note(const AuditRow& row) override;
  Result<std::vector<AuditRow>> audit(const std::string& before, std::size_t most) override;
  Result<std::vector<BanRow>> bans_since(std::int64_t version) override;

  Result<std::vector<UserRow>> users() override;
  Result<ScopeId> put_user(const UserRow& user) override;
  Result<void> set_user_disabled(std::string_view name, bool disabled) override;
  Result<std::vector<KeyRow>> keys() override;
  Result<ScopeId> add_key(const KeyRow& key) override;
  Result<void> set_key_disabled(const identity::KeyDigest& digest, bool disabled) override;
  Result<std::vector<BanRow>> bans(WallTime now) override;
  Result<void> save_ban(const BanRow& ban) override;
  Result<void> remove_ban(ScopeId scope) override;

  // Days [from_day, to_day] of all scopes of `kind`, by day, then name.
  Result<std::vector<DayUsageRow>> usage_by_day(ScopeKind kind, std::int64_t from_day, std::int64_t to_day);

  // Days [from_day, to_day] of one scope, those with usage, in order.
  Result<std::vector<ledger::DayUsage>> days_of(ScopeId scope, std::int64_t from_day, std::int64_t to_day);

  // Those of `kind` that used the most tokens on these days, most first, at most `most`; `day` is from_day in each row.
  Result<std::vector<DayUsageRow>> top(ScopeKind kind, std::int64_t from_day, std::int64_t to_day, std::int64_t most);
  // usage_rows.h. Holds the mutex all the time.
  Result<void> usage_rows(const ledger::UsageRowsQuery& query, const ledger::TakeUsageRow& take,
                          const Progress& progress = {});

  // An operator's correction of a charge that has ended. A running gateway's limits learn of it at its next start.
  // Errors: not_found, invalid (adjuster.h). `day_offset`: for charges booked before days were written down with them.
  Result<void> correct(const ledger::Adjustment& adjustment, Millis day_offset);
  // verification.h. Holds the mutex all the time.
  Result<Verification> verify(Millis day_offset, const Progress& progress = {});

  Result<std::vector<ledger::Totals>> totals() override;
  Result<std::vector<ledger::UsageSlice>> usage_since(WallTime since, WallTime now) override;

 private:
  explicit SqliteFile(Database database, Access access) : database_(std::move(database)), access_(access) {}
  Result<ScopeId> scope_locked(ScopeKind kind, std::string_view name);
  Result<std::vector<UserRow>> users_locked();
  Result<std::vector<KeyRow>> keys_locked();
  Result<ScopeId> put_user_locked(const UserRow& user);
  Result<ScopeId> put_key_locked(const KeyRow& key, bool replace);
  Result<void> write_locked(const Edit& edit, std::int64_t version);
  Result<void> note_locked(const AuditRow& row);
  Result<void> count_change_locked();
  Result<void> read_ledger(std::int64_t from_ms, std::int64_t to_ms, std::int64_t slice_ms,
                           std::vector<ledger::UsageSlice>& out);
  Result<void> read_slices(std::int64_t from_ms, std::int64_t to_ms, std::vector<ledger::UsageSlice>& out);

  std::mutex mutex_;
  Database database_;
  std::optional<Statement> find_scope_;  // asked for every user and key at start
  Access access_;
};

}  // namespace ktl::storage
