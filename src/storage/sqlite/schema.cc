#include "storage/sqlite/schema.h"

#include <fmt/format.h>

#include <array>

namespace ktl::storage {
namespace {

// Times are milliseconds since the Unix epoch (UTC), days are numbers since 1970-01-01 in the configured zone.
//
// A charge's scopes are a set that few charges do not share with others, so each set is stored once (scope_sets, the
// 32-bit ids in order, little-endian; scope_set_members the same for joins) and named by number.
// ledger            one row for each ended charge, never changed
// open_reservations charges that have not ended; empty while no gateway runs, but for what recovery has yet to close
// usage_by_day      sums of the ledger for people; kept for ever
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

constexpr std::array<const char*, kSchemaVersion> kMigrations{kVersion1};

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
