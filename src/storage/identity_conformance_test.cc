// What a store of users, keys, bans and scope numbers promises: one suite, on a SQLite file, a real redis-server and a
// real cluster.
#include <gtest/gtest.h>

#include "storage/journal/journal_fixture.h"
#include "storage/memory/memory_identity.h"
#include "storage/redis/client_fixture.h"
#include "storage/redis/redis_fixture.h"
#include "storage/redis/redis_identity.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::storage {
namespace {

enum class Kind { sqlite, redis, redis_cluster, memory };

class IdentityConformance : public ::testing::TestWithParam<Kind> {
 public:
  IdentityConformance() {
    if (GetParam() == Kind::redis) server = std::make_unique<redis::RedisServer>();
    if (GetParam() == Kind::redis_cluster) cluster = std::make_unique<redis::RedisCluster>();
    store = open();
  }

  // Once more: another program that works on the same store.
  std::shared_ptr<IdentityStore> open() {
    if (GetParam() == Kind::memory) return store ? store : std::make_shared<MemoryIdentity>();
    if (GetParam() == Kind::sqlite) {
      auto file = SqliteFile::open(folder / "usage.db", Access::read_write);
      if (!file) throw std::runtime_error(file.error().message);
      return std::shared_ptr<IdentityStore>(std::move(*file));
    }
    const std::string url = server ? server->url() : cluster->url();
    auto session = redis::Session::open({redis::parse_url(url).value(), redis::patient(), Millis(20'000)});
    if (!session) throw std::runtime_error(session.error().message);
    sessions.push_back(std::move(*session));
    return std::make_shared<redis::RedisIdentity>(*sessions.back(),
                                                  redis::Functions(redis::Keyspace("conformance"), {}));
  }

  testing::TempFolder folder;
  std::unique_ptr<redis::RedisServer> server;
  std::unique_ptr<redis::RedisCluster> cluster;
  std::vector<std::unique_ptr<redis::Session>> sessions;
  std::shared_ptr<IdentityStore> store;
};

WallTime at(std::int64_t ms) {
  return WallTime(Millis(1'800'000'000'000 + ms));
}

UserRow user_named(const std::string& name) {
  UserRow user;
  user.name = name;
  user.description = "설명\n둘째 줄";
  user.limits[quota::LimitKind::tpm] = 8'000;
  user.created_at = at(1);
  return user;
}

KeyRow key_of(const std::string& user, unsigned char first) {
  KeyRow key;
  key.digest[0] = static_cast<identity::KeyDigest::value_type>(first);
  key.user_name = user;
  key.label = "키 " + std::to_string(first);
  key.allowed_models = {"korean-qwen", "모델 둘"};
  key.created_at = at(first);
  return key;
}

TEST_P(IdentityConformance, AScopeHasOneNumberOnAllThatWorkHere) {
  const auto first = store->scope(ScopeKind::user, "사용자\t1");
  ASSERT_TRUE(first);
  EXPECT_NE(*first, ScopeId::none);
  EXPECT_NE(*store->scope(ScopeKind::group, "사용자\t1"), *first);
  EXPECT_NE(*store->scope(ScopeKind::user, "사용자"), *first);
  EXPECT_EQ(*open()->scope(ScopeKind::user, "사용자\t1"), *first);
}

TEST_P(IdentityConformance, AUserIsAddedChangedAndDisabled) {
  ASSERT_TRUE(store->put_user(user_named("나")));
  const auto added = store->put_user(user_named("가"));
  ASSERT_TRUE(added);
  UserRow changed = user_named("가");
  changed.limits[quota::LimitKind::tpm] = 9'000;
  changed.created_at = at(99);
  EXPECT_EQ(*store->put_user(changed), *added);
  const auto other = open();
  auto users = other->users();
  ASSERT_TRUE(users);
  ASSERT_EQ(users->size(), 2U);
  EXPECT_EQ(users->front().name, "가") << "by name";
  EXPECT_EQ(users->front().scope, *added);
  EXPECT_EQ(users->front().description, "설명\n둘째 줄");
  EXPECT_EQ(users->front().limits[quota::LimitKind::tpm], 9'000);
  EXPECT_EQ(users->front().limits[quota::LimitKind::rpm], quota::kUnlimited);
  EXPECT_EQ(users->front().created_at, at(1)) << "stays";
  EXPECT_FALSE(users->front().disabled);
  ASSERT_TRUE(store->set_user_disabled("가", true));
  EXPECT_TRUE(other->users()->front().disabled);
  EXPECT_EQ(store->set_user_disabled("없음", true).error().code, ErrorCode::not_found);
}

TEST_P(IdentityConformance, AKeyBelongsToAUserOnceAndIsDisabled) {
  const auto user = store->put_user(user_named("사용자1"));
  ASSERT_TRUE(store->add_key(key_of("사용자1", 200)));
  ASSERT_TRUE(store->add_key(key_of("사용자1", 7)));
  EXPECT_EQ(store->add_key(key_of("사용자1", 7)).error().code, ErrorCode::conflict);
  EXPECT_EQ(store->add_key(key_of("없음", 8)).error().code, ErrorCode::not_found);
  const auto other = open();
  const auto keys = other->keys();
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ(keys->front().label, "키 7") << "oldest first";
  EXPECT_EQ(keys->front().user_scope, *user);
  EXPECT_EQ(keys->front().user_name, "사용자1");
  EXPECT_EQ(keys->front().allowed_models, key_of("", 7).allowed_models);
  EXPECT_NE(keys->front().scope, keys->back().scope);
  ASSERT_TRUE(store->set_key_disabled(key_of("", 7).digest, true));
  EXPECT_TRUE(other->keys()->front().disabled);
  ASSERT_TRUE(store->set_key_disabled(key_of("", 7).digest, false));
  EXPECT_FALSE(other->keys()->front().disabled);
  EXPECT_EQ(store->set_key_disabled(key_of("", 9).digest, true).error().code, ErrorCode::not_found);
}

TEST_P(IdentityConformance, ABanHoldsUntilItsEndOrUntilItIsLifted) {
  const ScopeId scope = *store->scope(ScopeKind::user, "사용자1");
  ASSERT_TRUE(store->save_ban({.scope = scope, .until = at(1'000), .reason = "첫째"}));
  ASSERT_TRUE(store->save_ban({.scope = scope, .until = at(2'000), .reason = "둘째", .manual = true}));
  const auto other = open();
  const auto bans = other->bans(at(1'500));
  ASSERT_TRUE(bans);
  ASSERT_EQ(bans->size(), 1U) << "the second one replaced the first";
  EXPECT_EQ(bans->front().reason, "둘째");
  EXPECT_TRUE(bans->front().manual);
  EXPECT_TRUE(other->bans(at(2'000))->empty());
  ASSERT_TRUE(other->remove_ban(scope));
  EXPECT_TRUE(store->bans(at(0))->empty());
  EXPECT_TRUE(store->remove_ban(scope)) << "fine if there is none";
}

AuditRow noted(const std::string& action) {
  return {.id = {},
          .at = at(5),
          .who = "sk-adm…xyz",
          .action = action,
          .target = "user:가\t나",
          .before = "{}",
          .after = "{\"a\":1}"};
}

TEST_P(IdentityConformance, AChangeIsWrittenWholeWithItsNoteAndRaisesTheVersion) {
  const std::int64_t before = *store->version();
  GroupRow group{"팀", "설명", {"가", "나"}, at(3)};
  LimitsRow limits{ScopeKind::user, "가", {}};
  limits.limits[quota::LimitKind::rpm] = 7;
  limits.limits[quota::LimitKind::tpm] = quota::kUnlimited;
  KeyRow key = key_of("가", 9);
  key.mask = "sk-ktl…abc";
  key.expires_at = at(77);
  key.replaced_by = "00ff";
  UserRow user = user_named("가");
  user.allowed_models = {"a", "b"};
  user.edited = true;
  const std::vector<Edit> edits{user, key, group, limits};
  const auto changed = store->change(before, edits, noted("user.create"));
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_GT(*changed, before);
  const auto people = store->people();
  ASSERT_TRUE(people);
  EXPECT_EQ(people->version, *changed);
  ASSERT_EQ(people->users.size(), 1U);
  EXPECT_EQ(people->users[0].allowed_models, user.allowed_models);
  EXPECT_TRUE(people->users[0].edited);
  ASSERT_EQ(people->keys.size(), 1U);
  EXPECT_EQ(people->keys[0].expires_at, key.expires_at);
  EXPECT_EQ(people->keys[0].mask, key.mask);
  EXPECT_EQ(people->keys[0].replaced_by, key.replaced_by);
  ASSERT_EQ(people->groups.size(), 1U);
  EXPECT_EQ(people->groups[0].users, group.users);
  ASSERT_EQ(people->limits.size(), 1U);
  EXPECT_EQ(people->limits[0].limits, limits.limits);
  const auto log = store->audit({}, 10);
  ASSERT_TRUE(log);
  ASSERT_EQ(log->size(), 1U);
  EXPECT_EQ(log->front().target, "user:가\t나");
  EXPECT_EQ(log->front().after, "{\"a\":1}");
  EXPECT_EQ(log->front().at, at(5));

  limits.limits = {};
  const std::vector<Edit> undo{limits, RemovedGroup{"팀"}, RemovedUser{"가"}};
  ASSERT_TRUE(store->change(*changed, undo, noted("user.delete")));
  const auto gone = store->people();
  EXPECT_TRUE(gone->users.empty() && gone->keys.empty() && gone->groups.empty() && gone->limits.empty());
}

TEST_P(IdentityConformance, AChangeOfWhatSomebodyElseChangedMeanwhileIsRefusedWhole) {
  const std::int64_t seen = *store->version();
  ASSERT_TRUE(store->change(seen, std::vector<Edit>{user_named("첫째")}, noted("a")));
  const auto late = store->change(seen, std::vector<Edit>{user_named("둘째")}, noted("b"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::conflict);
  EXPECT_EQ(late.error().retry, Retry::yes);
  EXPECT_EQ(store->people()->users.size(), 1U);
  EXPECT_EQ(store->audit({}, 10)->size(), 1U);
}

TEST_P(IdentityConformance, TheLogIsReadInPiecesLatestFirst) {
  for (const char* action : {"1", "2", "3", "4", "5"}) ASSERT_TRUE(store->note(noted(action)));
  const auto first = store->audit({}, 2);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 2U);
  EXPECT_EQ(first->at(0).action, "5");
  const auto second = store->audit(first->back().id, 2);
  ASSERT_EQ(second->size(), 2U);
  EXPECT_EQ(second->at(0).action, "3");
  const auto rest = store->audit(second->back().id, 10);
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ(rest->at(0).action, "1");
  EXPECT_FALSE(store->audit("nonsense", 2));
}

TEST_P(IdentityConformance, BansOfAChangeAreToldToWhoeverAsksSinceWhen) {
  const ScopeId scope = *store->scope(ScopeKind::user, "사용자1");
  const std::int64_t seen = *store->version();
  const BanRow ban{.scope = scope, .until = at(9'000), .reason = "손으로", .manual = true};
  const auto made = store->change(seen, std::vector<Edit>{ban}, noted("ban.set"));
  ASSERT_TRUE(made);
  EXPECT_EQ(store->bans(at(0))->size(), 1U);
  ASSERT_EQ(store->bans_since(seen)->size(), 1U);
  EXPECT_EQ(store->bans_since(seen)->front().reason, "손으로");
  EXPECT_TRUE(store->bans_since(*made)->empty());
  ASSERT_TRUE(store->change(*made, std::vector<Edit>{LiftedBan{scope}}, noted("ban.lift")));
  EXPECT_TRUE(store->bans(at(0))->empty());
  ASSERT_EQ(store->bans_since(*made)->size(), 1U);
  EXPECT_EQ(store->bans_since(*made)->front().until, WallTime{});
}

std::string name_of_kind(const ::testing::TestParamInfo<Kind>& subject) {
  if (subject.param == Kind::sqlite) return "Sqlite";
  if (subject.param == Kind::memory) return "Memory";
  return subject.param == Kind::redis ? "Redis" : "RedisCluster";
}

INSTANTIATE_TEST_SUITE_P(On, IdentityConformance,
                         ::testing::Values(Kind::sqlite, Kind::redis, Kind::redis_cluster, Kind::memory), name_of_kind);

}  // namespace
}  // namespace ktl::storage
