#include "storage/redis/records.h"

#include <gtest/gtest.h>

namespace ktl::storage::redis {
namespace {

UserRow a_user() {
  UserRow user;
  user.scope = ScopeId{7};
  user.name = "사용자\t1";
  user.description = "첫 줄\n둘째\\줄\t끝";
  user.limits[quota::LimitKind::tpm] = 8'000;
  user.created_at = WallTime(Millis(1'800'000'000'123));
  user.disabled = true;
  return user;
}

TEST(RedisRecords, AUserComesBackAsItWas) {
  const UserRow user = a_user();
  const auto back = user_of(name_of_user(user.name), record_of(user));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->scope, user.scope);
  EXPECT_EQ(back->name, user.name);
  EXPECT_EQ(back->description, user.description);
  EXPECT_EQ(back->limits, user.limits);
  EXPECT_EQ(back->created_at, user.created_at);
  EXPECT_TRUE(back->disabled);
}

TEST(RedisRecords, AKeyComesBackAsItWas) {
  KeyRow key;
  for (std::size_t i = 0; i < key.digest.size(); ++i)
    key.digest[i] = static_cast<identity::KeyDigest::value_type>(i * 9 + 130);
  key.scope = ScopeId{3};
  key.user_scope = ScopeId{7};
  key.user_name = "가\\나";
  key.label = "노트북";
  key.allowed_models = {"korean-qwen", "모델 둘"};
  key.admin = true;
  const auto back = key_of(name_of_key(key.digest), record_of(key));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->digest, key.digest);
  EXPECT_EQ(back->user_name, key.user_name);
  EXPECT_EQ(back->allowed_models, key.allowed_models);
  EXPECT_TRUE(back->admin);
  EXPECT_FALSE(back->disabled);
}

TEST(RedisRecords, ABanComesBackAsItWas) {
  const BanRow ban{.scope = ScopeId{12}, .until = WallTime(Millis(9)), .reason = "", .manual = true};
  const auto back = ban_of(name_of_ban(ban.scope), record_of(ban));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->scope, ban.scope);
  EXPECT_EQ(back->until, ban.until);
  EXPECT_TRUE(back->manual);
  EXPECT_EQ(back->reason, "");
}

TEST(RedisRecords, FieldsThatALaterVersionAddsAreLeftAlone) {
  const auto back = user_of("user:x", record_of(a_user()) + "\tsomething new\t5");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->limits, a_user().limits);
}

TEST(RedisRecords, WhatIsNoneOfOursIsNothing) {
  EXPECT_FALSE(user_of("key:x", record_of(a_user())));
  EXPECT_FALSE(user_of("user:x", ""));
  EXPECT_FALSE(user_of("user:x", "1\tdescription\t5"));
  EXPECT_FALSE(user_of("user:x", "one\tdescription"));
  EXPECT_FALSE(key_of("key:zz", ""));
  EXPECT_FALSE(ban_of("ban:twelve", "1\t1\tx"));
  EXPECT_FALSE(banned_scope("ban:"));
}

}  // namespace
}  // namespace ktl::storage::redis
