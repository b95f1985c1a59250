// Which engine a request goes to.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "upstream/upstream.h"

namespace ktl::upstream {
namespace {

class Choose : public testing::Test {
 protected:
  Upstream& add(std::int64_t weight = 1) {
    Options options;
    options.name = "engine" + std::to_string(owned_.size());
    options.weight = weight;
    options.in_flight = {.limit = 100, .queue_limit = 100};
    owned_.push_back(std::move(*Upstream::create(options)));
    list_.push_back(owned_.back().get());
    return *owned_.back();
  }
  void load(Upstream& engine, int requests) {
    for (int i = 0; i < requests; ++i) permits_.push_back(engine.gate().try_enter());
  }
  std::vector<std::unique_ptr<Upstream>> owned_;
  std::vector<Upstream*> list_;
  std::vector<Permit> permits_;
};

TEST_F(Choose, TakesTheLeastLoaded) {
  load(add(), 2);
  Upstream& free = add();
  load(free, 1);
  load(add(), 3);
  EXPECT_EQ(choose(list_), &free);
}

TEST_F(Choose, MeasuresLoadByWeight) {
  Upstream& small = add(1);
  Upstream& big = add(4);
  load(small, 1);
  load(big, 3);
  EXPECT_EQ(choose(list_), &big);
  load(big, 2);
  EXPECT_EQ(choose(list_), &small);
}

TEST_F(Choose, PrefersAnyEngineThatIsNotDown) {
  Upstream& down = add();
  Upstream& busy = add();
  load(busy, 50);
  down.note_unreachable();
  EXPECT_EQ(choose(list_), &busy);
  down.note_answered();
  EXPECT_EQ(choose(list_), &down);
}

TEST_F(Choose, StillTakesOneWhenAllAreDown) {
  load(add(), 1);
  Upstream& idle = add();
  for (Upstream* engine : list_) engine->note_unreachable();
  EXPECT_EQ(choose(list_), &idle);
}

TEST_F(Choose, DoesNotTakeTheSkippedOneAgain) {
  Upstream& first = add();
  Upstream& second = add();
  EXPECT_EQ(choose(list_, &first), &second);
  EXPECT_EQ(choose({&first}, &first), nullptr);
  EXPECT_EQ(choose({}), nullptr);
}

TEST_F(Choose, HealthTellsWhetherItChanged) {
  Upstream& engine = add();
  EXPECT_EQ(engine.health(), Health::unknown);
  EXPECT_TRUE(engine.note_unreachable());
  EXPECT_FALSE(engine.note_unreachable());
  EXPECT_TRUE(engine.note_answered());
  EXPECT_FALSE(engine.note_answered());
}

TEST(Upstream, OfAHostThatDoesNotExistIsAnError) {
  Options options;
  options.host = "no host has blanks";
  EXPECT_FALSE(Upstream::create(options).has_value());
}

}  // namespace
}  // namespace ktl::upstream
