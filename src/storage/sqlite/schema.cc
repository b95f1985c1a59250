#include "storage/sqlite/schema.h"

#include <fmt/format.h>

#include <array>

namespace ktl::storage {
namespace {

// Times are milliseconds since the Unix epoch (UTC), days are numbers since 1970-01-01 in the configured zone.
//
// A charge's scopes are a set that few charges do not share with others, so each set is stored once (scope_sets, the
// 32-bit ids in order, little-endian; scope_set_members the same for joins) and named by number.
// ledger            one row for each ended charge, never changed; removed only when it has been rolled up
// open_reservations charges that have not ended; empty while no gateway runs, but for what recovery has yet to close
// usage_by_day      sums of the ledger for people
// usage_by_slice    sums of the ledger by 3 minutes, for rebuilding the windows at start; pruned after some days
// journal_position  up to where the journal has been booked; changes in the transaction that books
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE scopes(
  id INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  UNIQUE(kind, name));

CREATE TABLE users(
  scope INTEGER PRIMARY KEY REFERENCES scopes(id),
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  rpm INTEGER NOT NULL, rph INTEGER NOT NULL, rpd INTEGER NOT NULL,
  tpm INTEGER NOT NULL, tph INTEGER NOT NULL, daily INTEGER NOT NULL,
  concurrent INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0);

CREATE TABLE api_keys(
  digest BLOB PRIMARY KEY CHECK(length(digest) = 32),
  scope INTEGER NOT NULL UNIQUE REFERENCES scopes(id),
  user_scope INTEGER NOT NULL REFERENCES users(scope),
  label TEXT NOT NULL,
  allowed_models TEXT NOT NULL DEFAULT '',
  admin INTEGER NOT NULL DEFAULT 0,
  created_at_ms INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

CREATE TABLE bans(
  scope INTEGER PRIMARY KEY,
  until_ms INTEGER NOT NULL,
  reason TEXT NOT NULL,
  manual INTEGER NOT NULL);

CREATE TABLE scope_sets(id INTEGER PRIMARY KEY, scopes BLOB NOT NULL UNIQUE);
CREATE TABLE scope_set_members(
  scope_set INTEGER NOT NULL,
  position INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  PRIMARY KEY(scope_set, position)) WITHOUT ROWID;

CREATE TABLE ledger(
  charge_id INTEGER PRIMARY KEY,
  admitted_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  outcome INTEGER NOT NULL,
  scope_set INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  prompt INTEGER NOT NULL,
  completion INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  reasoning INTEGER NOT NULL);
CREATE INDEX ledger_by_admission ON ledger(admitted_at_ms);
CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER ledger_keeps_values BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE open_reservations(
  charge_id INTEGER PRIMARY KEY,
  admitted_at_ms INTEGER NOT NULL,
  scope_set INTEGER NOT NULL,
  reserved INTEGER NOT NULL);

CREATE TABLE usage_by_day(
  scope INTEGER NOT NULL,
  day INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  prompt INTEGER NOT NULL,
  completion INTEGER NOT NULL,
  PRIMARY KEY(scope, day)) WITHOUT ROWID;

CREATE TABLE usage_by_slice(
  slice INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  PRIMARY KEY(slice, scope)) WITHOUT ROWID;

CREATE TABLE journal_position(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  segment INTEGER NOT NULL,
  slot INTEGER NOT NULL);
INSERT INTO journal_position VALUES(1, 0, 0);
INSERT INTO meta VALUES('generation', 0);
INSERT INTO meta VALUES('slices_kept_from', -9223372036854775807);
)sql";

// The ledger becomes one that can be corrected, rolled up and recomputed.
// ledger.day        the day that the charge was counted in (NULL: written by version 1, in the zone of that time)
// adjustments       corrections of ended charges, never changed; removed together with their charge's row
// ledger_by_day     what was rolled up: sums of charges and adjustments by day and scope set
// usage_by_day      by day first, so that a day's rows lie together
// usage_total       everything a scope ever had booked, for /stats and start-up without adding up
// usage_before      of that, what is in no day any more: days that have been given up
// meta.detail_kept_from   charges admitted before this may be rolled up and removed; only ever rises
constexpr const char* kVersion2 = R"sql(
ALTER TABLE ledger ADD COLUMN day INTEGER;
INSERT INTO meta VALUES('detail_kept_from', -9223372036854775807);
CREATE TRIGGER detail_horizon_only_rises BEFORE UPDATE ON meta
  WHEN OLD.key='detail_kept_from' AND NEW.value < OLD.value
  BEGIN SELECT RAISE(ABORT, 'what was given up does not come back'); END;

DROP TRIGGER ledger_keeps_rows;
CREATE TRIGGER ledger_keeps_rows BEFORE DELETE ON ledger
  WHEN OLD.admitted_at_ms >= (SELECT value FROM meta WHERE key='detail_kept_from')
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE adjustments(
  id INTEGER PRIMARY KEY,
  charge_id INTEGER NOT NULL,
  admitted_at_ms INTEGER NOT NULL,
  adjusted_at_ms INTEGER NOT NULL,
  source INTEGER NOT NULL,
  scope_set INTEGER NOT NULL,
  prompt INTEGER NOT NULL,
  completion INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  day INTEGER NOT NULL,
  reason TEXT NOT NULL);
CREATE INDEX adjustments_by_admission ON adjustments(admitted_at_ms, charge_id);
CREATE INDEX adjustments_by_charge ON adjustments(charge_id);
CREATE UNIQUE INDEX late_settlement_once ON adjustments(charge_id) WHERE source=1;
CREATE TRIGGER adjustments_keep_rows BEFORE DELETE ON adjustments
  WHEN OLD.admitted_at_ms >= (SELECT value FROM meta WHERE key='detail_kept_from')
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER adjustments_keep_values BEFORE UPDATE ON adjustments
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;

CREATE TABLE ledger_by_day(
  day INTEGER NOT NULL,
  scope_set INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  prompt INTEGER NOT NULL,
  completion INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  PRIMARY KEY(day, scope_set)) WITHOUT ROWID;

ALTER TABLE usage_by_day RENAME TO usage_by_scope;
CREATE TABLE usage_by_day(
  day INTEGER NOT NULL,
  scope INTEGER NOT NULL,
  requests INTEGER NOT NULL,
  prompt INTEGER NOT NULL,
  completion INTEGER NOT NULL,
  PRIMARY KEY(day, scope)) WITHOUT ROWID;
CREATE TABLE usage_total(
  scope INTEGER PRIMARY KEY,
  requests INTEGER NOT NULL,
  prompt INTEGER NOT NULL,
  completion INTEGER NOT NULL);
INSERT INTO usage_total
  SELECT scope, SUM(requests), SUM(prompt), SUM(completion) FROM usage_by_scope GROUP BY scope ORDER BY scope;
INSERT INTO usage_by_day
  SELECT day, scope, requests, prompt, completion FROM usage_by_scope ORDER BY day, scope;
DROP TABLE usage_by_scope;
CREATE TABLE usage_before(
  scope INTEGER PRIMARY KEY,
  requests INTEGER NOT NULL,
  prompt INTEGER NOT NULL,
  completion INTEGER NOT NULL);
)sql";

// What admins change while the gateway runs, and the log of it.
// set_limits     over the configuration: NULL says nothing, -1 that there is no limit; global: the empty name
// user_groups    over the configuration's groups; users: one name a line
// bans.version   of the change that made or lifted it; 0: the gateway did by itself. Lifted: until_ms=0
// audit          who changed what; never changed
// meta.people_version   rises with every change of users, keys, groups, limits, and of bans by hand
constexpr const char* kVersion3 = R"sql(
ALTER TABLE users ADD COLUMN allowed_models TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN mask TEXT NOT NULL DEFAULT '';
ALTER TABLE api_keys ADD COLUMN expires_at_ms INTEGER;
ALTER TABLE api_keys ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_keys ADD COLUMN replaced_by TEXT NOT NULL DEFAULT '';
ALTER TABLE bans ADD COLUMN version INTEGER NOT NULL DEFAULT 0;

CREATE TABLE set_limits(
  kind INTEGER NOT NULL,
  name TEXT NOT NULL,
  rpm INTEGER, rph INTEGER, rpd INTEGER, tpm INTEGER, tph INTEGER, daily INTEGER, concurrent INTEGER,
  PRIMARY KEY(kind, name)) WITHOUT ROWID;

CREATE TABLE user_groups(
  name TEXT PRIMARY KEY,
  description TEXT NOT NULL,
  users TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE audit(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before_it TEXT NOT NULL,
  after_it TEXT NOT NULL);
CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_keeps_values BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;

INSERT INTO meta VALUES('people_version', 1);
)sql";

constexpr std::array<const char*, kSchemaVersion> kMigrations{kVersion1, kVersion2, kVersion3};

tl::unexpected<Error> newer_file(std::int64_t version) {
  return fail(ErrorCode::conflict, ErrorSource::storage,
              fmt::format("the database has schema version {}, this program knows up to {}: use a newer program",
                          version, kSchemaVersion));
}

}  // namespace

Result<void> migrate(Database& database) {
  for (;;) {
    auto transaction = Transaction::begin(database);
    if (!transaction) return tl::unexpected(std::move(transaction.error()));
    const auto version = database.query_integer("PRAGMA user_version");
    if (!version) return tl::unexpected(version.error());
    if (*version > kSchemaVersion || *version < 0) return newer_file(*version);
    if (*version == kSchemaVersion) return {};
    const std::string step =
        fmt::format("{} PRAGMA user_version={};", kMigrations[static_cast<std::size_t>(*version)], *version + 1);
    if (auto done = database.execute(step); !done) return done;
    if (auto committed = transaction->commit(); !committed) return committed;
  }
}

Result<void> check_version(Database& database) {
  const auto version = database.query_integer("PRAGMA user_version");
  if (!version) return tl::unexpected(version.error());
  if (*version > kSchemaVersion || *version < 0) return newer_file(*version);
  if (*version < kSchemaVersion) {
    return fail(
        ErrorCode::conflict, ErrorSource::storage,
        fmt::format("the database has schema version {}, this program needs {}: start the gateway once to migrate it",
                    *version, kSchemaVersion));
  }
  return {};
}

}  // namespace ktl::storage
