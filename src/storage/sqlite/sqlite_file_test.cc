// Users, keys, bans and usage by day, as the command line sees them beside a running gateway.
#include "storage/sqlite/sqlite_file.h"

#include <gtest/gtest.h>

#include "storage/sqlite/slices.h"
#include "storage/sqlite/store_fixture.h"

namespace ktl::storage::testing {
namespace {

UserRow a_user(std::string name) {
  UserRow user;
  user.name = std::move(name);
  user.description = "설명";
  user.limits[quota::LimitKind::rpm] = 40;
  user.limits[quota::LimitKind::concurrent] = 0;
  user.created_at = WallTime(Millis(5000));
  return user;
}

KeyRow a_key(unsigned char first, std::string user) {
  KeyRow key;
  key.digest[0] = first;
  key.digest[31] = 0xFF;
  key.user_name = std::move(user);
  key.label = "노트북";
  key.allowed_models = {"korean-qwen", "solar"};
  key.created_at = WallTime(Millis(first));
  return key;
}

// The store plays the running gateway; `file_` is the command line.
class SqliteFileTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    auto file = SqliteFile::open(folder_ / "usage.db", Access::read_write);
    ASSERT_TRUE(file) << file.error().message;
    file_ = std::move(*file);
  }
  std::unique_ptr<SqliteFile> file_;
};

TEST_F(SqliteFileTest, a_user_of_the_command_line_is_seen_by_the_gateway_with_all_its_limits) {
  const auto scope = file_->put_user(a_user("사용자1"));
  ASSERT_TRUE(scope) << scope.error().message;
  const auto users = store_->file().users();
  ASSERT_TRUE(users);
  ASSERT_EQ(users->size(), 1U);
  EXPECT_EQ(users->front().name, "사용자1");
  EXPECT_EQ(users->front().description, "설명");
  EXPECT_EQ(users->front().scope, *scope);
  EXPECT_EQ(users->front().limits, a_user("").limits);
  EXPECT_EQ(users->front().created_at, WallTime(Millis(5000)));
  EXPECT_EQ(store_->scope(ScopeKind::user, "사용자1").value(), *scope);
}

TEST_F(SqliteFileTest, putting_a_user_again_replaces_limits_and_keeps_its_scope_and_birthday) {
  const auto first = file_->put_user(a_user("u"));
  UserRow changed = a_user("u");
  changed.limits[quota::LimitKind::daily] = 7;
  changed.created_at = WallTime(Millis(9000));
  EXPECT_EQ(file_->put_user(changed).value(), first.value());
  const auto users = file_->users();
  ASSERT_EQ(users->size(), 1U);
  EXPECT_EQ(users->front().limits[quota::LimitKind::daily], 7);
  EXPECT_EQ(users->front().created_at, WallTime(Millis(5000)));
}

TEST_F(SqliteFileTest, users_and_keys_can_be_disabled_and_enabled) {
  ASSERT_TRUE(file_->put_user(a_user("u")));
  ASSERT_TRUE(file_->add_key(a_key(1, "u")));
  ASSERT_TRUE(file_->set_user_disabled("u", true));
  ASSERT_TRUE(file_->set_key_disabled(a_key(1, "").digest, true));
  EXPECT_TRUE(file_->users()->front().disabled);
  EXPECT_TRUE(file_->keys()->front().disabled);
  ASSERT_TRUE(file_->set_key_disabled(a_key(1, "").digest, false));
  EXPECT_FALSE(file_->keys()->front().disabled);
  EXPECT_EQ(file_->set_user_disabled("nobody", true).error().code, ErrorCode::not_found);
  EXPECT_EQ(file_->set_key_disabled(a_key(9, "").digest, true).error().code, ErrorCode::not_found);
}

TEST_F(SqliteFileTest, a_key_belongs_to_its_user_and_is_added_once) {
  EXPECT_EQ(file_->add_key(a_key(1, "u")).error().code, ErrorCode::not_found);
  const auto user = file_->put_user(a_user("u"));
  const auto scope = file_->add_key(a_key(2, "u"));
  ASSERT_TRUE(scope) << scope.error().message;
  ASSERT_TRUE(file_->add_key(a_key(1, "u")));
  const auto again = file_->add_key(a_key(2, "u"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::conflict);
  const auto keys = store_->file().keys();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->front().digest, a_key(1, "").digest) << "oldest first";
  const KeyRow& key = keys->back();
  EXPECT_EQ(key.digest, a_key(2, "").digest);
  EXPECT_EQ(key.scope, *scope);
  EXPECT_EQ(key.user_scope, *user);
  EXPECT_EQ(key.user_name, "u");
  EXPECT_EQ(key.label, "노트북");
  EXPECT_EQ(key.allowed_models, (std::vector<std::string>{"korean-qwen", "solar"}));
  EXPECT_FALSE(key.admin);
}

TEST_F(SqliteFileTest, a_ban_holds_until_its_end_and_survives_a_restart) {
  ASSERT_TRUE(store_->file().save_ban({ScopeId{4}, WallTime(Millis(100)), "too many violations", false}));
  ASSERT_TRUE(store_->file().save_ban({ScopeId{5}, WallTime::max(), "by hand", true}));
  reopen();
  const auto bans = store_->file().bans(WallTime(Millis(99)));
  ASSERT_TRUE(bans);
  ASSERT_EQ(bans->size(), 2U);
  EXPECT_EQ(bans->front().reason, "too many violations");
  EXPECT_TRUE(bans->back().manual);
  EXPECT_EQ(bans->back().until, WallTime::max());
  EXPECT_EQ(store_->file().bans(WallTime(Millis(100)))->size(), 1U);
  ASSERT_TRUE(file_->remove_ban(ScopeId{5}));
  EXPECT_TRUE(store_->file().bans(WallTime(Millis(100)))->empty());
}

TEST_F(SqliteFileTest, days_are_those_of_the_zone_and_belong_to_the_admission) {
  const auto user = store_->scope(ScopeKind::user, "u");
  const auto model = store_->scope(ScopeKind::model, "m");
  const std::int64_t midnight_in_seoul = 20000 * kDayMs - 9 * 3600 * 1000;
  for (const std::int64_t at : {midnight_in_seoul - 1, midnight_in_seoul, midnight_in_seoul + kDayMs - 1}) {
    const ChargeId charge = store_->next_charge();
    ASSERT_TRUE(store_->append(
        open_entry(charge, wall_time(at), 9, {static_cast<unsigned>(*user), static_cast<unsigned>(*model)})));
    ASSERT_TRUE(store_->append(settle_entry(charge, wall_time(at + 5000), {10, 1, 0, 0})));
  }
  ASSERT_TRUE(store_->drain_now());
  const auto reader = SqliteFile::open(folder_ / "usage.db", Access::read_only);
  ASSERT_TRUE(reader) << reader.error().message;
  const auto days = (*reader)->usage_by_day(ScopeKind::user, 19999, 20000);
  ASSERT_TRUE(days);
  ASSERT_EQ(days->size(), 2U);
  EXPECT_EQ(days->front().day, 19999);
  EXPECT_EQ(days->front().requests, 1);
  EXPECT_EQ(days->back().day, 20000);
  EXPECT_EQ(days->back().name, "u");
  EXPECT_EQ(days->back().prompt_tokens, 20);
  EXPECT_EQ(days->back().completion_tokens, 2);
}

TEST_F(SqliteFileTest, usage_older_than_the_sums_by_slice_comes_from_the_ledger) {
  const WallTime old = clock_.wall();
  settle(open(), {11, 0, 0, 0});
  ASSERT_TRUE(store_->drain_now());
  clock_.now_ms += 10 * kDayMs;
  settle(open(), {2, 0, 0, 0});
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(query("SELECT COUNT(DISTINCT slice) FROM usage_by_slice"), 1) << "the old slice is pruned";
  const auto slices = store_->usage_since(old, clock_.wall());
  ASSERT_TRUE(slices);
  std::int64_t tokens = 0;
  for (const auto& slice : *slices) tokens += slice.scope == ScopeId{1} ? slice.tokens : 0;
  EXPECT_EQ(tokens, 13);
}

TEST_F(SqliteFileTest, a_reader_changes_nothing_and_needs_a_file) {
  const auto none = SqliteFile::open(folder_ / "none.db", Access::read_only);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "none.db"));
  const auto reader = SqliteFile::open(folder_ / "usage.db", Access::read_only);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->scope(ScopeKind::user, "new").error().code, ErrorCode::not_found);
  EXPECT_FALSE((*reader)->put_user(a_user("u")));
}

TEST_F(SqliteFileTest, the_command_line_may_come_before_the_first_start) {
  const std::string path = folder_ / "fresh/usage.db";
  {
    auto file = SqliteFile::open(path, Access::read_write);
    ASSERT_TRUE(file) << file.error().message;
    ASSERT_TRUE((*file)->put_user(a_user("early")));
  }
  auto fresh = options();
  fresh.path = path;
  const auto store = SqliteStore::open(fresh);
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_EQ((*store)->file().users()->front().name, "early");
}

}  // namespace
}  // namespace ktl::storage::testing
