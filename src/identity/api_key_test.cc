#include "identity/api_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace ktl::identity {
namespace {

TEST(ApiKey, ANewKeyIsThePrefixAnd43UrlSafeCharacters) {
  const auto key = generate_api_key();
  ASSERT_TRUE(key);
  EXPECT_EQ(key->size(), 50U);
  EXPECT_TRUE(key->starts_with("sk-ktl-"));
  EXPECT_TRUE(std::all_of(key->begin(), key->end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  }));
  EXPECT_TRUE(parse_key_spec(*key));
}

TEST(ApiKey, AThousandNewKeysAreAllDifferentAndUseTheWholeAlphabet) {
  std::set<std::string> keys;
  std::set<char> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = generate_api_key().value();
    seen.insert(key.begin() + 7, key.end());
    keys.insert(key);
  }
  EXPECT_EQ(keys.size(), 1000U);
  EXPECT_EQ(seen.size(), 64U);
}

TEST(ApiKey, TheMaskShowsSevenAndThreeCharactersOfALongKey) {
  EXPECT_EQ(masked("sk-user1-korean-key-def"), "sk-user…def");
  EXPECT_EQ(masked("sk-dev1-korean-key-789"), "sk-dev1…789");
}

TEST(ApiKey, TheMaskOfAShortKeyShowsNothing) {
  EXPECT_EQ(masked("sk-1234567890123456"), "…");
  EXPECT_EQ(masked("secret"), "…");
  EXPECT_EQ(masked(""), "…");
}

TEST(ApiKey, ARawKeyAndItsDigestAreTheSameKey) {
  // printf sk-user1-korean-key-def | sha256sum
  const auto raw = parse_key_spec("sk-user1-korean-key-def");
  const auto hashed = parse_key_spec("sha256:4ffdce247e0ea50c62615b0b8e966994579c191b1778110e5e5a592dfc69b08a");
  ASSERT_TRUE(raw);
  ASSERT_TRUE(hashed);
  EXPECT_EQ(raw->digest, hashed->digest);
  EXPECT_EQ(raw->mask, "sk-user…def");
  EXPECT_EQ(hashed->mask, "sha256:4ffdce…");
}

TEST(ApiKey, AnUnusableSpecIsRefusedWithoutRepeatingIt) {
  const std::string longer_than_allowed(513, 'k');
  for (const std::string& spec :
       {std::string("short"), std::string(""), std::string("with a blank in it"), std::string("sk-한국어-열쇠-열쇠"),
        std::string("sha256:1234"), std::string("sha256:zz") + std::string(62, '0'), std::string("sk-tab\tkey-key"),
        longer_than_allowed}) {
    const auto parsed = parse_key_spec(spec);
    ASSERT_FALSE(parsed) << spec;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    if (spec.empty()) continue;
    EXPECT_EQ(parsed.error().message.find(spec), std::string::npos);
  }
}

TEST(ApiKey, ThePublishedDemoKeysAreKnownByTheirDigest) {
  EXPECT_EQ(published_demo_keys().size(), 3U);
  EXPECT_TRUE(is_published_demo_key(digest_of("sk-user1-korean-key-def")));
  EXPECT_TRUE(is_published_demo_key(digest_of("sk-dev1-korean-key-789")));
  EXPECT_TRUE(is_published_demo_key(digest_of("sk-test-korean-key-stu")));
  EXPECT_FALSE(is_published_demo_key(digest_of("sk-user1-korean-key-deg")));
}

}  // namespace
}  // namespace ktl::identity
