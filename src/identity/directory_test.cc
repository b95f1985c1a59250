#include "identity/directory.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace ktl::identity {
namespace {

std::string hex_of(const KeyDigest& digest) {
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Directory::KeyEntry entry(std::string_view key, std::string_view user, std::uint32_t scope) {
  Directory::KeyEntry entry{digest_of(key), {}};
  entry.principal.key = ScopeId{scope};
  entry.principal.user_name = user;
  return entry;
}

std::vector<Directory::KeyEntry> three_keys() {
  std::vector<Directory::KeyEntry> keys;
  keys.push_back(entry("sk-one", "사용자1", 1));
  keys.push_back(entry("sk-two", "사용자1", 2));
  keys.push_back(entry("sk-three", "개발자1", 3));
  return keys;
}

TEST(Directory, DigestIsSha256OfTheRawKeyText) {
  // FIPS 180-2, B.1
  EXPECT_EQ(hex_of(digest_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_of(digest_of("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Directory, EachKeyFindsItsOwnerAndAnUnknownKeyFindsNobody) {
  const Directory directory(three_keys());
  ASSERT_NE(directory.find(digest_of("sk-two")), nullptr);
  EXPECT_EQ(directory.find(digest_of("sk-two"))->key, ScopeId{2});
  EXPECT_EQ(directory.find(digest_of("sk-three"))->user_name, "개발자1");
  EXPECT_EQ(directory.find(digest_of("sk-thre")), nullptr);
  EXPECT_EQ(directory.find(digest_of("")), nullptr);
  EXPECT_EQ(directory.find(KeyDigest{}), nullptr);
}

TEST(Directory, ADigestThatDiffersInItsLastBitIsUnknown) {
  const Directory directory(three_keys());
  KeyDigest digest = digest_of("sk-one");
  digest.back() ^= 1;
  EXPECT_EQ(directory.find(digest), nullptr);
}

TEST(Directory, AUserIsFoundByTheExactBytesOfTheName) {
  const Directory directory(three_keys());
  ASSERT_NE(directory.user("사용자1"), nullptr);
  EXPECT_EQ(directory.user("사용자1")->key, ScopeId{1});  // the first of the user's keys
  EXPECT_EQ(directory.user("사용자"), nullptr);
  EXPECT_EQ(directory.user(""), nullptr);
  // The same name in decomposed form (NFD) is another name.
  EXPECT_EQ(directory.user("\u1109\u1161\u110b\u116d\u11bc\u110c\u11611"), nullptr);
}

TEST(Directory, AnAdminKeyWithoutAUserIsNotFoundByAName) {
  std::vector<Directory::KeyEntry> keys;
  keys.push_back(entry("sk-admin", "", 7));
  const Directory directory(std::move(keys));
  EXPECT_EQ(directory.user(""), nullptr);
  EXPECT_NE(directory.find(digest_of("sk-admin")), nullptr);
}

TEST(Directory, OfTwoEntriesForOneKeyTheFirstCounts) {
  std::vector<Directory::KeyEntry> keys;
  keys.push_back(entry("sk-one", "a", 1));
  keys.push_back(entry("sk-one", "b", 2));
  const Directory directory(std::move(keys));
  EXPECT_EQ(directory.find(digest_of("sk-one"))->user_name, "a");
  EXPECT_EQ(directory.keys().size(), 2U);
}

TEST(Directory, TenThousandKeysAreAllFound) {
  std::vector<std::string> users;
  for (int i = 0; i < 100; ++i) users.push_back("user-" + std::to_string(i));
  std::vector<Directory::KeyEntry> keys;
  for (std::uint32_t i = 1; i <= 10'000; ++i) keys.push_back(entry("key-" + std::to_string(i), users[i % 100], i));
  const Directory directory(std::move(keys));
  for (std::uint32_t i = 1; i <= 10'000; ++i) {
    const Principal* principal = directory.find(digest_of("key-" + std::to_string(i)));
    ASSERT_NE(principal, nullptr) << i;
    ASSERT_EQ(principal->key, ScopeId{i});
    ASSERT_EQ(principal->user_name, users[i % 100]);
  }
  for (const std::string& user : users) ASSERT_EQ(directory.user(user)->user_name, user);
}

}  // namespace
}  // namespace ktl::identity
