// Files of every older version become files of this one, with all that is in them.
#include "storage/sqlite/schema.h"

#include <gtest/gtest.h>

#include "storage/sqlite/store_fixture.h"

namespace ktl::storage {
namespace {

constexpr Millis kSeoul = std::chrono::hours(9);

// What version 1 made, as it was released.
constexpr const char* kReleased1 = R"sql(
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
PRAGMA user_version=1;
)sql";

// What version 2 made of it, as released.
constexpr const char* kReleased2 = R"sql(
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
PRAGMA user_version=2;
)sql";

// Some work as version 1 wrote it down: a user with a key, three ended charges on two days, one left open.
constexpr const char* kWork1 = R"sql(
INSERT INTO scopes VALUES(1, 2, '사용자1');
INSERT INTO scopes VALUES(2, 4, 'korean-qwen');
INSERT INTO users VALUES(1, '사용자1', '일반', 40, 0, 0, 8000, 0, 0, 0, 1, 0);
INSERT INTO api_keys VALUES(zeroblob(32), 3, 1, 'label', '', 0, 1, 0);
INSERT INTO scope_sets VALUES(1, x'0100000002000000');
INSERT INTO scope_set_members VALUES(1, 0, 1), (1, 1, 2);
INSERT INTO ledger VALUES(1099511627777, 1790000000000, 1790000000100, 2, 1, 1, 50, 20, 10, 0, 0);
INSERT INTO ledger VALUES(1099511627778, 1790000001000, 1790000001100, 3, 0, 1, 50, 0, 0, 0, 0);
INSERT INTO ledger VALUES(1099511627779, 1790086400000, 1790086400100, 4, 4, 1, 50, 50, 0, 0, 0);
INSERT INTO open_reservations VALUES(1099511627780, 1790086401000, 1, 7);
INSERT INTO usage_by_day VALUES(1, 20717, 1, 20, 10), (2, 20717, 1, 20, 10);
INSERT INTO usage_by_day VALUES(1, 20718, 1, 50, 0), (2, 20718, 1, 50, 0);
INSERT INTO usage_by_slice VALUES(1789999920000, 1, 1, 30), (1789999920000, 2, 1, 30);
INSERT INTO usage_by_slice VALUES(1790086320000, 1, 1, 50), (1790086320000, 2, 1, 50);
UPDATE meta SET value=1 WHERE key='generation';
)sql";

class SchemaTest : public ::testing::Test {
 protected:
  void make(const std::string& sql) {
    auto database = Database::open(path(), Access::read_write, Millis(1000));
    ASSERT_TRUE(database);
    const auto made = database->execute(sql);
    ASSERT_TRUE(made) << made.error().message;
  }
  std::int64_t query(const std::string& sql) {
    auto database = Database::open(path(), Access::read_only, Millis(1000));
    return database ? database->query_integer(sql).value_or(INT64_MIN) : INT64_MIN;
  }
  std::string path() { return folder_ / "usage.db"; }
  Result<std::unique_ptr<SqliteStore>> open_store() {
    SqliteOptions options;
    options.path = path();
    options.start_keeper = false;
    options.clock = &clock_;
    return SqliteStore::open(options);
  }

  testing::TempFolder folder_;
  testing::TestClock clock_;
};

TEST_F(SchemaTest, a_file_of_version_1_becomes_one_of_today_with_all_that_is_in_it) {
  static_assert(kSchemaVersion == 3, "keep the new version's schema here, with a test of its own");
  make(kReleased1);
  make(kWork1);
  clock_.now_ms = 1790086500000;
  const auto store = open_store();
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ(query("PRAGMA user_version"), kSchemaVersion);
  EXPECT_EQ(query("SELECT count(*) FROM ledger"), 4) << "the open charge was closed as reserved";
  EXPECT_EQ((*store)->file().users().value().at(0).name, "사용자1");
  EXPECT_EQ((*store)->file().keys().value().at(0).label, "label");
  const auto totals = (*store)->totals().value();
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].requests, 3);
  EXPECT_EQ(totals[0].prompt_tokens, 20 + 50 + 7);
  EXPECT_EQ(totals[0].completion_tokens, 10);
  const auto verified = (*store)->file().verify(kSeoul);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->wrong, 0);
  EXPECT_EQ(verified->charges, 3);
  const ledger::Adjustment late{ChargeId{1099511627779}, clock_.wall(), {-10, 0, 0, 0}, "시험"};
  EXPECT_TRUE((*store)->file().correct(late, kSeoul));
  EXPECT_EQ((*store)->file().verify(kSeoul).value().wrong, 0);
}

TEST_F(SchemaTest, people_of_version_2_are_kept_and_can_be_changed_by_admins) {
  make(kReleased1);
  make(kWork1);
  make("INSERT INTO bans VALUES(1, 1999999999999, '시험', 1);");
  make(kReleased2);
  const auto store = open_store();
  ASSERT_TRUE(store) << store.error().message;
  SqliteFile& file = (*store)->file();
  const auto people = file.people().value();
  ASSERT_EQ(people.users.size(), 1U);
  ASSERT_EQ(people.keys.size(), 1U);
  EXPECT_FALSE(people.users[0].edited);
  EXPECT_EQ(people.keys[0].expires_at, std::nullopt);
  EXPECT_FALSE(people.keys[0].revoked);
  EXPECT_EQ(file.bans(clock_.wall()).value().size(), 1U);
  LimitsRow limits{ScopeKind::user, "사용자1", {}};
  limits.limits[quota::LimitKind::rpm] = 1;
  ASSERT_TRUE(file.change(people.version, std::vector<Edit>{limits, LiftedBan{ScopeId{1}}}, {}));
  EXPECT_EQ(file.people().value().limits.at(0).limits[quota::LimitKind::rpm], 1);
  EXPECT_TRUE(file.bans(clock_.wall()).value().empty());
}

TEST_F(SchemaTest, a_file_of_any_version_migrates_to_the_schema_of_a_new_file) {
  const std::string shape =
      "SELECT sum(length(replace(replace(sql, ' ', ''), char(10), ''))) FROM sqlite_schema WHERE name NOT LIKE "
      "'sqlite_%'";
  const std::string columns =
      "SELECT count(*) FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type='table'";
  ASSERT_TRUE(open_store());
  const std::int64_t new_shape = query(shape), new_columns = query(columns);
  ASSERT_GT(new_columns, 60);
  std::filesystem::remove_all(path() + ".journal");
  for (const char* ending : {"", "-wal", "-shm"}) std::filesystem::remove(path() + ending);
  make(kReleased1);
  ASSERT_TRUE(open_store());
  EXPECT_EQ(query(shape), new_shape);
  EXPECT_EQ(query(columns), new_columns);
}

TEST_F(SchemaTest, an_older_program_refuses_a_newer_file_and_leaves_it_alone) {
  ASSERT_TRUE(open_store());
  make("PRAGMA user_version=" + std::to_string(kSchemaVersion + 1));
  const auto opened = open_store();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::conflict);
  EXPECT_NE(opened.error().message.find("use a newer program"), std::string::npos) << opened.error().message;
  EXPECT_FALSE(SqliteFile::open(path(), Access::read_only));
  EXPECT_FALSE(SqliteFile::open(path(), Access::read_write));
  EXPECT_EQ(query("PRAGMA user_version"), kSchemaVersion + 1);
}

}  // namespace
}  // namespace ktl::storage
