#include "series/value.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "series/codec.h"
#include "series/names.h"
#include "series/side.h"
#include "telemetry/histogram.h"

namespace ktl::series {
namespace {

constexpr NameId kFirst{0}, kSecond{5}, kThird{700};

// Any bucket at all.
Bucket random_bucket(Rng& rng) {
  Bucket bucket{.seconds = static_cast<double>(rng.below(3'600'000)) / 1e3, .values = {}};
  std::uint32_t name = 0;
  for (std::uint64_t left = rng.below(20); left > 0; --left) {
    name += 1 + static_cast<std::uint32_t>(rng.below(50));
    switch (rng.below(3)) {
      case 0:
        bucket.values.emplace_back(NameId{name}, Sum{rng.next() >> rng.below(64)});
        break;
      case 1:
        bucket.values.emplace_back(NameId{name}, Level{static_cast<double>(rng.below(1'000)) / 7, 150, rng.below(99)});
        break;
      default:
        Spread spread{std::vector<std::uint64_t>(rng.below(70)), static_cast<std::int64_t>(rng.next() >> 1)};
        for (auto& count : spread.counts) count = rng.below(4) == 0 ? rng.below(1'000'000) : 0;
        while (!spread.counts.empty() && spread.counts.back() == 0) spread.counts.pop_back();
        bucket.values.emplace_back(NameId{name}, std::move(spread));
    }
  }
  return bucket;
}

TEST(Bucket, AddingUpKeepsSumsMeansAndHeights) {
  Bucket bucket{1, {{kFirst, Sum{3}}, {kSecond, level_of(10)}, {kThird, Spread{{1, 2}, 7}}}};
  merge(bucket, {2, {{kFirst, Sum{4}}, {kSecond, Level{4, 20, 2}}, {kThird, Spread{{0, 1, 5}, 3}}}});
  EXPECT_EQ(bucket.seconds, 3);
  EXPECT_EQ(std::get<Sum>(*bucket.find(kFirst)), Sum{7});
  EXPECT_EQ(std::get<Level>(*bucket.find(kSecond)), (Level{6, 20, 3}));
  EXPECT_EQ(std::get<Spread>(*bucket.find(kThird)), (Spread{{1, 3, 5}, 10}));
}

TEST(Bucket, WhatOnlyOneSideKnowsStays) {
  Bucket bucket{1, {{kSecond, Sum{1}}}};
  merge(bucket, {1, {{kFirst, Sum{2}}, {kThird, Sum{3}}}});
  ASSERT_EQ(bucket.values.size(), 3u);
  EXPECT_EQ(std::get<Sum>(*bucket.find(kFirst)), Sum{2});
  EXPECT_EQ(std::get<Sum>(*bucket.find(kSecond)), Sum{1});
  EXPECT_EQ(bucket.find(NameId{6}), nullptr);
}

TEST(Bucket, ALevelBelowZeroKeepsItsHighest) {
  Bucket bucket{1, {{kFirst, level_of(-5)}}};
  merge(bucket, {1, {{kFirst, level_of(-9)}}});
  EXPECT_EQ(std::get<Level>(*bucket.find(kFirst)).highest, -5);
}

TEST(Bucket, TheOrderOfAddingUpDoesNotMatter) {
  const std::uint64_t seed = 20261126;
  Rng rng(seed);
  for (int round = 0; round < 200; ++round) {
    const Bucket a = random_bucket(rng), b = random_bucket(rng);
    Bucket ab = a, ba = b;
    merge(ab, b);
    merge(ba, a);
    ASSERT_EQ(ab.values.size(), ba.values.size()) << "seed " << seed;
    for (std::size_t i = 0; i < ab.values.size(); ++i) {
      const auto& [name, value] = ab.values[i];
      EXPECT_EQ(name, ba.values[i].first);
      if (a.find(name) != nullptr && b.find(name) != nullptr && a.find(name)->index() != b.find(name)->index())
        continue;
      if (std::holds_alternative<Level>(value)) continue;  // equal up to rounding
      EXPECT_EQ(value, ba.values[i].second) << "seed " << seed;
    }
  }
}

TEST(Codec, WhatIsWrittenIsRead) {
  const std::uint64_t seed = 20261127;
  Rng rng(seed);
  for (int round = 0; round < 500; ++round) {
    const Bucket bucket = random_bucket(rng);
    const auto read = decode(encode(bucket));
    ASSERT_TRUE(read) << "seed " << seed << ", round " << round;
    EXPECT_EQ(*read, bucket) << "seed " << seed << ", round " << round;
  }
}

TEST(Codec, ACutTextIsRefusedOrIsAWholeShorterBucket) {
  Rng rng(7);
  for (int round = 0; round < 50; ++round) {
    const std::string text = encode(random_bucket(rng));
    for (std::size_t length = 0; length < text.size(); ++length) {
      const auto read = decode(std::string_view(text).substr(0, length));
      if (read) {
        EXPECT_EQ(encode(*read).size(), length);
      }
    }
  }
}

TEST(Codec, NonsenseIsRefused) {
  for (const std::string_view bad :
       {std::string_view("\x01\x03"), std::string_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"),
        std::string_view("\x01\x02\x00\xFF\x7F", 5), std::string_view("\x01\x01\x01\x00", 4)})
    EXPECT_FALSE(decode(bad));
}

TEST(Codec, ASecondOfABusyGatewayTakesLittle) {
  Bucket bucket{1, {}};
  for (std::uint32_t name = 0; name < 60; ++name) bucket.values.emplace_back(NameId{name}, Sum{name});
  EXPECT_LT(encode(bucket).size(), 130u);
}

class Sides : public testing::Test {
 protected:
  NameId name(std::string text, Unit unit, Value value) {
    const NameId id = *names_.number({std::move(text), unit, static_cast<std::uint8_t>(value.index())});
    bucket_.values.emplace_back(id, std::move(value));
    return id;
  }
  std::optional<double> read(std::string_view text) {
    const auto side = side_of(names_, text);
    return side ? read_side(bucket_, *side) : std::nullopt;
  }

  Names names_;
  Bucket bucket_{10, {}};
};

TEST_F(Sides, ARateIsOverTheSecondsThatWereLookedAt) {
  name("requests", Unit::per_second, Sum{25});
  EXPECT_EQ(read("requests"), 2.5);
  bucket_.seconds = 5;
  EXPECT_EQ(read("requests"), 5);
  EXPECT_FALSE(side_of(names_, "requests.max"));
}

TEST_F(Sides, ALevelHasAMeanAndAHighest) {
  name("in_flight", Unit::count, Level{2, 9, 10});
  EXPECT_EQ(read("in_flight"), 2);
  EXPECT_EQ(read("in_flight.max"), 9);
}

TEST_F(Sides, ASpreadIsToldInMillisecondsAndOnlyBySides) {
  telemetry::Histogram histogram(telemetry::latency_shape());
  for (int i = 0; i < 100; ++i) histogram.observe(20'000);
  auto content = histogram.snapshot();
  while (content.counts.back() == 0) content.counts.pop_back();
  name("first_token_ms", Unit::milliseconds, Spread{content.counts, content.sum});
  EXPECT_NEAR(*read("first_token_ms.p50"), 20, 3);
  EXPECT_NEAR(*read("first_token_ms.p99"), 20, 3);
  EXPECT_EQ(read("first_token_ms.mean"), 20);
  EXPECT_EQ(read("first_token_ms.count"), 100);
  EXPECT_FALSE(side_of(names_, "first_token_ms"));
  EXPECT_FALSE(side_of(names_, "first_token_ms.p42"));
}

TEST_F(Sides, NothingIsNotZero) {
  name("first_token_ms", Unit::milliseconds, Spread{});
  const NameId never = *names_.number({"never", Unit::count, 0});
  EXPECT_FALSE(read("first_token_ms.p50"));
  EXPECT_FALSE(read_side(bucket_, {never, Side::What::rate, Unit::count}));
  EXPECT_FALSE(read("nonsense"));
}

TEST_F(Sides, ADotInANameIsNoSide) {
  name("refused.rpm", Unit::per_second, Sum{10});
  name("model:qwen2.5:requests", Unit::per_second, Sum{20});
  EXPECT_EQ(read("refused.rpm"), 1);
  EXPECT_EQ(read("model:qwen2.5:requests"), 2);
}

TEST(Names, AreGivenOnceAndBounded) {
  Names names;
  EXPECT_EQ(names.number({"a", Unit::count, 0}), NameId{0});
  EXPECT_EQ(names.number({"b", Unit::count, 1}), NameId{1});
  EXPECT_EQ(names.number({"a", Unit::count, 0}), NameId{0});
  EXPECT_FALSE(names.number({"a", Unit::count, 2})) << "another kind";
  for (std::size_t i = 0; i < 2 * Names::kMax; ++i) names.number({std::to_string(i), Unit::count, 0});
  EXPECT_EQ(names.all().size(), Names::kMax);
}

}  // namespace
}  // namespace ktl::series
