#include "storage/redis/slots.h"

#include <gtest/gtest.h>

namespace ktl::storage::redis {
namespace {

Value number(std::int64_t value) {
  Value result;
  result.kind = Kind::integer;
  result.integer = value;
  return result;
}

Value text(std::string value) {
  Value result;
  result.kind = Kind::text;
  result.text = std::move(value);
  return result;
}

Value array(std::vector<Value> items) {
  Value result;
  result.kind = Kind::array;
  result.items = std::move(items);
  return result;
}

Value error(std::string what) {
  Value result;
  result.kind = Kind::error;
  result.text = std::move(what);
  return result;
}

const NodeAddress kAsked{{"10.0.0.1", 7000}, "10.0.0.1", ""};

TEST(Slots, AreThoseOfTheSpecification) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3 % kSlots);
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of(""), 0);
}

TEST(Slots, FollowTheHashTag) {
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("a{user1000}"), slot_of("{user1000}b"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar")) << "an empty first tag counts for nothing";
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_NE(slot_of("foo{bar"), slot_of("bar"));
}

TEST(SlotMap, TakesTheMastersOfTheRanges) {
  const auto map = parse_slot_map(
      array({array({number(0), number(99), array({text("10.0.0.1"), number(7000), text("id1"), array({})}),
                    array({text("10.0.0.9"), number(7009), text("replica"), array({})})}),
             array({number(100), number(16383),
                    array({text("node2.example"), number(7001), text("id2"), array({text("ip"), text("10.0.0.2")})})}),
             array({number(50), number(60),
                    array({text("10.0.0.1"), number(7000), text("id1"),
                           array({text("hostname"), text("node1.example")})})})}),
      kAsked);
  ASSERT_TRUE(map);
  ASSERT_EQ(map->masters.size(), 2u);
  EXPECT_EQ(map->masters[0].endpoint, (HostPort{"10.0.0.1", 7000}));
  EXPECT_EQ(map->masters[0].ip, "10.0.0.1");
  EXPECT_EQ(map->masters[1].endpoint, (HostPort{"node2.example", 7001}));
  EXPECT_EQ(map->masters[1].ip, "10.0.0.2");
  EXPECT_EQ(map->masters[1].hostname, "node2.example");
  EXPECT_EQ(map->ranges[2].master, 0u);
  EXPECT_TRUE(map->complete());
}

TEST(SlotMap, KnowsWhenSlotsHaveNoMaster) {
  const auto node = array({text("10.0.0.1"), number(7000)});
  EXPECT_FALSE(parse_slot_map(array({array({number(0), number(16382), node})}), kAsked)->complete());
  EXPECT_TRUE(parse_slot_map(array({array({number(0), number(16383), node})}), kAsked)->complete());
  EXPECT_FALSE(parse_slot_map(array({}), kAsked)->complete());
}

TEST(SlotMap, TakesTheAskedHostWhereNoneIsSaid) {
  for (const Value& host : {Value(), text(""), text("?")}) {
    const auto map = parse_slot_map(array({array({number(0), number(1), array({host, number(7005)})})}), kAsked);
    ASSERT_TRUE(map);
    EXPECT_EQ(map->masters[0].endpoint, (HostPort{"10.0.0.1", 7005}));
    EXPECT_EQ(map->masters[0].ip, "10.0.0.1");
  }
}

TEST(SlotMap, RefusesWhatIsNone) {
  const auto node = array({text("10.0.0.1"), number(7000)});
  for (const Value& reply :
       {error("ERR cluster support disabled"), text("x"), array({number(1)}),
        array({array({number(0), number(16384), node})}), array({array({number(5), number(4), node})}),
        array({array({number(-1), number(4), node})}),
        array({array({number(0), number(1), array({text("h"), number(0)})})}),
        array({array({number(0), number(1), array({text("h"), number(70000)})})})}) {
    EXPECT_FALSE(parse_slot_map(reply, kAsked)) << reply.text;
  }
}

TEST(Redirect, IsReadFromMovedAndAsk) {
  const auto moved = parse_redirect(error("MOVED 3999 127.0.0.1:6381"), "h");
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->ask);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->endpoint, (HostPort{"127.0.0.1", 6381}));
  const auto ask = parse_redirect(error("ASK 1 ::1:6381"), "h");
  ASSERT_TRUE(ask && ask->ask);
  EXPECT_EQ(ask->endpoint, (HostPort{"::1", 6381}));
  EXPECT_EQ(parse_redirect(error("MOVED 1 :6381"), "h")->endpoint, (HostPort{"h", 6381}));
  EXPECT_EQ(parse_redirect(error("MOVED 1 ?:6381"), "h")->endpoint, (HostPort{"h", 6381}));
}

TEST(Redirect, IsNothingElse) {
  for (const char* other : {"MOVED", "MOVED ", "MOVED 1", "MOVED x h:1", "MOVED 16384 h:1", "MOVED 1 h:0",
                            "MOVED 1 h:", "MOVED 1 h:65536", "MOVED1 1 h:1", "ERR MOVED 1 h:1", "ASK", "TRYAGAIN x"}) {
    EXPECT_FALSE(parse_redirect(error(other), "h")) << other;
  }
  EXPECT_FALSE(parse_redirect(text("MOVED 1 h:1"), "h")) << "a text is not an error";
}

}  // namespace
}  // namespace ktl::storage::redis
