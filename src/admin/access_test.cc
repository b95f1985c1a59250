#include "admin/access.h"

#include <gtest/gtest.h>

#include "gateway/presented_key.h"

namespace ktl::admin {
namespace {

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

struct AccessTest : testing::Test {
  AccessTest() {
    identity::Principal user;
    user.user = ScopeId{1};
    user.allowed_models = {"a"};
    identity::Principal boss;
    boss.user = ScopeId{2};
    boss.admin = true;
    catalogue.directory = std::make_shared<identity::Directory>(std::vector<identity::Directory::KeyEntry>{
        {identity::digest_of("user-key"), user}, {identity::digest_of("boss-key"), boss}});
    catalogue.admin_keys = {identity::digest_of("config-admin")};
    options.trust_loopback = true;
  }
  Caller caller(const Lines& lines, bool loopback = true) {
    net::HeaderList headers;
    for (const auto& [name, value] : lines) headers.add(name, value);
    return identify(headers, loopback, catalogue, options, WallTime{});
  }
  Verdict verdict(Need need, const Lines& lines, bool loopback = true) {
    return decide(need, caller(lines, loopback), options);
  }

  gateway::Catalogue catalogue;
  Options options;
};

TEST_F(AccessTest, TheKeyIsTakenFromBearerOfAnyCaseOrElseFromXApiKey) {
  net::HeaderList headers;
  headers.add("Authorization", "bEaReR   abc");
  headers.add("x-api-key", "other");
  EXPECT_EQ(gateway::presented_key(headers), "abc");
  headers.clear();
  headers.add("authorization", "Basic abc");
  headers.add("X-Api-Key", "other");
  EXPECT_EQ(gateway::presented_key(headers), "other");
  headers.clear();
  headers.add("authorization", "Bearer ");
  EXPECT_EQ(gateway::presented_key(headers), "");
}

TEST_F(AccessTest, OnlyALocalUnforwardedCallerIsTrusted) {
  EXPECT_TRUE(caller({{"host", "localhost:8080"}}).trusted);
  EXPECT_TRUE(caller({{"host", "127.0.0.1:8080"}}).trusted);
  EXPECT_TRUE(caller({{"host", "[::1]:8080"}}).trusted);
  EXPECT_TRUE(caller({}).trusted);
  EXPECT_FALSE(caller({{"host", "localhost"}}, false).trusted);
  for (const std::string_view sign : {"X-Forwarded-For", "x-forwarded-host", "Forwarded", "X-Real-IP", "Via"})
    EXPECT_FALSE(caller({{"host", "localhost"}, {sign, ""}}).trusted) << sign;
  options.trust_loopback = false;
  EXPECT_FALSE(caller({{"host", "localhost"}}).trusted);
}

TEST_F(AccessTest, AForeignHostNameThatPointsToThisMachineIsNotTrusted) {
  for (const std::string_view host :
       {"evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::2]", "[::1", "10.0.0.1"})
    EXPECT_FALSE(caller({{"host", host}}).trusted) << host;
}

TEST_F(AccessTest, WhoShowsAKeyIsJudgedByItAlone) {
  EXPECT_EQ(verdict(Need::admin_read, {}), Verdict::allowed);
  EXPECT_EQ(verdict(Need::admin_read, {{"x-api-key", "user-key"}}), Verdict::admin_required);
  EXPECT_EQ(verdict(Need::admin_read, {{"x-api-key", "nonsense"}}), Verdict::key_invalid);
  EXPECT_EQ(verdict(Need::key_or_local, {{"x-api-key", "nonsense"}}), Verdict::key_invalid);
}

TEST_F(AccessTest, ChangesWantAnAdminKeyEvenFromHere) {
  EXPECT_EQ(verdict(Need::admin_change, {}), Verdict::key_missing);
  EXPECT_EQ(verdict(Need::admin_change, {{"x-api-key", "user-key"}}), Verdict::admin_required);
  EXPECT_EQ(verdict(Need::admin_change, {{"x-api-key", "boss-key"}}, false), Verdict::allowed);
  EXPECT_EQ(verdict(Need::admin_change, {{"x-api-key", "config-admin"}}, false), Verdict::allowed);
  options.api_key_required = false;
  EXPECT_EQ(verdict(Need::admin_change, {}), Verdict::key_missing);
}

TEST_F(AccessTest, WithoutAKeyFromElsewhereOnlyOpenPagesAreLeft) {
  for (const Need need : {Need::key, Need::key_or_local, Need::owner, Need::admin_read, Need::admin_change})
    EXPECT_EQ(verdict(need, {}, false), Verdict::key_missing);
  EXPECT_EQ(verdict(Need::nothing, {}, false), Verdict::allowed);
  EXPECT_EQ(verdict(Need::nothing, {{"x-api-key", "nonsense"}}, false), Verdict::allowed);
}

TEST_F(AccessTest, AGatewayThatAsksForNoKeysStillKeepsOwnersAndAdminsPages) {
  options.api_key_required = false;
  EXPECT_EQ(verdict(Need::key, {}, false), Verdict::allowed);
  EXPECT_EQ(verdict(Need::key_or_local, {}, false), Verdict::allowed);
  EXPECT_EQ(verdict(Need::owner, {}, false), Verdict::key_missing);
  EXPECT_EQ(verdict(Need::admin_read, {}, false), Verdict::key_missing);
}

TEST_F(AccessTest, AModelsPageWantsAKeyLikeGenerationEvenFromHere) {
  EXPECT_EQ(verdict(Need::key, {}), Verdict::key_missing);
  EXPECT_EQ(verdict(Need::key, {{"x-api-key", "user-key"}}), Verdict::allowed);
}

TEST_F(AccessTest, AUserIsSeenByItselfAdminsAndTrustedCallers) {
  EXPECT_TRUE(may_see_user(caller({{"x-api-key", "user-key"}}), ScopeId{1}));
  EXPECT_FALSE(may_see_user(caller({{"x-api-key", "user-key"}}), ScopeId{2}));
  EXPECT_TRUE(may_see_user(caller({{"x-api-key", "boss-key"}}), ScopeId{1}));
  EXPECT_TRUE(may_see_user(caller({{"x-api-key", "config-admin"}}), ScopeId{1}));
  EXPECT_TRUE(may_see_user(caller({}), ScopeId{1}));
  EXPECT_FALSE(may_see_user(caller({}, false), ScopeId{1}));
}

TEST_F(AccessTest, ACallerWithoutAKeyIsTheAnonymousOneForModelsButOwnsNothing) {
  identity::Principal nobody;
  nobody.user = ScopeId{3};
  nobody.allowed_models = {"a"};
  catalogue.anonymous = std::make_shared<identity::Principal>(nobody);
  gateway::Model a, b;
  a.alias = "a";
  b.alias = "b";
  EXPECT_TRUE(may_use_model(caller({}, false), a));
  EXPECT_FALSE(may_use_model(caller({}, false), b));
  EXPECT_FALSE(may_see_user(caller({}, false), ScopeId{3}));
}

TEST_F(AccessTest, AKeysModelsAreItsOwnListOrAll) {
  gateway::Model a, b;
  a.alias = "a";
  b.alias = "b";
  EXPECT_TRUE(may_use_model(caller({{"x-api-key", "user-key"}}), a));
  EXPECT_FALSE(may_use_model(caller({{"x-api-key", "user-key"}}), b));
  EXPECT_TRUE(may_use_model(caller({{"x-api-key", "boss-key"}}), b));
}

}  // namespace
}  // namespace ktl::admin
