#include "prompt/message_cache.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace ktl::prompt {
namespace {

constexpr std::uint64_t kSeed = 41;

TEST(TextDigest, IsTheSameForTheSameTextWhereverItLies) {
  Rng rng(kSeed);
  const DigestKey key(rng);
  std::string text;
  for (std::size_t size = 0; size < 2100; size += 1 + size / 40) {
    text.resize(size, static_cast<char>('a' + size % 23));
    const std::string moved = "x" + text;
    EXPECT_EQ(key.digest(text), key.digest(std::string_view(moved).substr(1))) << size;
  }
}

TEST(TextDigest, TellsTextsApartThatDifferInOneBitOrInZerosAtTheEnd) {
  Rng rng(kSeed);
  const DigestKey key(rng);
  std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
  std::size_t texts = 0;
  const auto add = [&](const std::string& text) {
    const Digest digest = key.digest(text);
    seen.insert({digest.high, digest.low});
    ++texts;
  };
  for (std::size_t size = 0; size < 1100; size += 37) {
    std::string text(size, '\0');
    add(text);
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = static_cast<char>(1 << (at % 8));
      add(text);
      text[at] = 0;
    }
  }
  EXPECT_EQ(seen.size(), texts);
}

TEST(TextDigest, TellsWhereAHeadEnds) {
  Rng rng(kSeed);
  const DigestKey key(rng);
  for (const std::size_t size : {3u, 16u, 40u, 200u, 1024u, 1500u, 3000u}) {
    std::string text;
    while (text.size() < size) text.push_back(static_cast<char>(rng.below(2)));
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    std::size_t cuts = 0;
    for (std::size_t at = 0; at <= size; at += 1 + size / 100, ++cuts) {
      const std::string head = text.substr(0, at);
      const std::string moved = "xyz" + text;
      const Digest digest = key.digest(head, std::string_view(text).substr(at));
      EXPECT_EQ(digest, key.digest(std::string_view(moved).substr(3, at), std::string_view(moved).substr(3 + at)));
      seen.insert({digest.high, digest.low});
    }
    EXPECT_EQ(seen.size(), cuts) << size;
  }
}

TEST(TextDigest, DependsOnItsKeyAndOnTheSortAndOrderOfParts) {
  Rng rng(kSeed);
  const DigestKey key(rng);
  const DigestKey other(rng);
  const Digest a = key.digest("가나다");
  const Digest b = key.digest("라마바");
  EXPECT_FALSE(a == other.digest("가나다"));
  EXPECT_FALSE(key.extend({}, 1, a) == key.extend({}, 2, a));
  EXPECT_FALSE(key.extend(key.extend({}, 1, a), 1, b) == key.extend(key.extend({}, 1, b), 1, a));
  EXPECT_FALSE(key.extend({}, 0, a) == a);
}

TEST(MessageCache, RemembersWhatWasPutIn) {
  Rng rng(kSeed);
  MessageCache cache(1 << 16, rng);
  const Digest digest = cache.key().digest("안녕하세요");
  EXPECT_EQ(cache.find(digest), std::nullopt);
  cache.insert(digest, 2);
  EXPECT_EQ(cache.find(digest), 2);
  EXPECT_EQ(cache.find(cache.key().digest("안녕하세")), std::nullopt);
}

TEST(MessageCache, KeepsToItsBytesAndDropsWhatWasUnusedForLongest) {
  Rng rng(kSeed);
  MessageCache cache(128, rng);  // one bucket of four
  EXPECT_EQ(cache.bytes(), 128u);
  const auto digest = [&](int i) { return cache.key().digest(std::to_string(i)); };
  for (int i = 0; i < 4; ++i) cache.insert(digest(i), i);
  EXPECT_EQ(cache.find(digest(0)), 0);
  cache.insert(digest(4), 4);
  EXPECT_EQ(cache.find(digest(0)), 0);
  EXPECT_EQ(cache.find(digest(1)), std::nullopt);
  EXPECT_EQ(cache.find(digest(4)), 4);
  EXPECT_LE(MessageCache(1000, rng).bytes(), 1000u);
}

TEST(MessageCache, NeverAnswersWithAnothersCountUnderManyThreads) {
  Rng rng(kSeed);
  MessageCache cache(2048, rng);  // far too small, so that entries are overwritten all the time
  std::vector<Digest> digests;
  for (int i = 0; i < 512; ++i) digests.push_back(cache.key().digest(std::to_string(i)));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Rng mine(kSeed + t);
      for (int i = 0; i < 50000; ++i) {
        const auto which = mine.below(digests.size());
        const auto found = cache.find(digests[which]);
        if (!found) {
          cache.insert(digests[which], static_cast<std::int64_t>(which));
        } else if (*found != static_cast<std::int64_t>(which)) {
          ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace ktl::prompt
