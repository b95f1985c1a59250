// What every store promises, whatever it is made of: one suite, run on each.
#include <gtest/gtest.h>

#include <map>

#include "base/rng.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/store_fixture.h"

namespace ktl::storage::testing {
namespace {

class MemorySubject {
 public:
  MemoryStore& store() { return store_; }
  void make_books() {}
  void restart() { store_.restart(clock.wall()); }
  void refuse_opens() { store_.refuse_opens("told to"); }
  void hold_sync() { store_.hold_sync(true); }
  void sync() { store_.sync_now(); }
  TestClock clock;

 private:
  MemoryStore store_;
};

class SqliteSubject {
 public:
  SqliteSubject() { restart(); }
  SqliteStore& store() { return *store_; }
  void make_books() {
    const auto drained = store_->drain_now();
    ASSERT_TRUE(drained) << drained.error().message;
    ASSERT_TRUE(store_->extend_now());
  }
  void restart() {
    SqliteOptions options;
    options.path = folder_ / "usage.db";
    options.segment_records = 4096;
    options.start_keeper = false;
    options.clock = &clock;
    options.files = &disk_;
    store_.reset();
    auto opened = SqliteStore::open(options);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void refuse_opens() {
    disk_.sync_error = EIO;
    ASSERT_TRUE(store_->append(open_entry(store_->next_charge(), clock.wall(), 0, {})));
    ASSERT_FALSE(store_->sync_now());
  }
  void hold_sync() {}
  void sync() { ASSERT_TRUE(store_->sync_now()); }
  TestClock clock;

 private:
  TempFolder folder_;
  TestDisk disk_;
  std::unique_ptr<SqliteStore> store_;
};

struct Used {
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  friend bool operator==(const Used&, const Used&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Used& used) {
    return out << used.requests << " requests, " << used.tokens << " tokens";
  }
};

template <class Subject>
class StoreConformance : public ::testing::Test {
 protected:
  auto& store() { return subject_.store(); }
  WallTime now() { return subject_.clock.wall(); }
  void pass(Millis time) { subject_.clock.now_ms += time.count(); }

  ChargeId open(std::int64_t reserved, std::initializer_list<unsigned> scopes = {1, 2}) {
    const ChargeId charge = store().next_charge();
    EXPECT_TRUE(store().append(open_entry(charge, now(), reserved, scopes)));
    return charge;
  }
  void end(const ledger::Entry& ending) { EXPECT_TRUE(store().append(ending)); }

  std::map<ScopeId, Used> totals() {
    subject_.make_books();
    std::map<ScopeId, Used> found;
    const auto totals = store().totals();
    EXPECT_TRUE(totals);
    for (const auto& row : totals.value()) {
      EXPECT_TRUE(found.try_emplace(row.scope, Used{row.requests, row.prompt_tokens + row.completion_tokens}).second);
    }
    return found;
  }

  std::map<ScopeId, Used> usage_since(WallTime since) {
    subject_.make_books();
    std::map<ScopeId, Used> found;
    WallTime last = since;
    const auto slices = store().usage_since(since, now());
    EXPECT_TRUE(slices);
    for (const auto& slice : slices.value()) {
      EXPECT_GE(slice.at, last) << "oldest first, and nothing before `since`";
      last = slice.at;
      found[slice.scope].requests += slice.requests;
      found[slice.scope].tokens += slice.tokens;
    }
    return found;
  }

  Subject subject_;
};

using Subjects = ::testing::Types<MemorySubject, SqliteSubject>;
TYPED_TEST_SUITE(StoreConformance, Subjects);

constexpr ScopeId kOne{1};
constexpr ScopeId kTwo{2};

TYPED_TEST(StoreConformance, a_settled_charge_counts_its_actual_usage_for_each_scope) {
  this->end(settle_entry(this->open(500), this->now(), {30, 12, 5, 2}));
  EXPECT_EQ(this->totals(), (std::map<ScopeId, Used>{{kOne, {1, 42}}, {kTwo, {1, 42}}}));
}

TYPED_TEST(StoreConformance, a_released_charge_counts_nowhere) {
  this->end(release_entry(this->open(500), this->now()));
  EXPECT_TRUE(this->totals().empty());
  EXPECT_TRUE(this->usage_since(WallTime{}).empty());
}

TYPED_TEST(StoreConformance, an_open_charge_is_in_no_sum) {
  this->open(500);
  EXPECT_TRUE(this->totals().empty());
}

TYPED_TEST(StoreConformance, the_first_ending_wins) {
  const ChargeId settled_first = this->open(500);
  this->end(settle_entry(settled_first, this->now(), {7, 0, 0, 0}));
  this->end(settle_entry(settled_first, this->now(), {900, 0, 0, 0}));
  const ChargeId released_first = this->open(500);
  this->end(release_entry(released_first, this->now()));
  this->subject_.make_books();
  this->end(settle_entry(released_first, this->now(), {900, 0, 0, 0}));
  EXPECT_EQ(this->totals(), (std::map<ScopeId, Used>{{kOne, {1, 7}}, {kTwo, {1, 7}}}));
}

TYPED_TEST(StoreConformance, an_ending_of_an_unknown_charge_is_ignored) {
  this->end(settle_entry(ChargeId{987654321}, this->now(), {900, 0, 0, 0}));
  EXPECT_TRUE(this->totals().empty());
}

TYPED_TEST(StoreConformance, a_restart_charges_open_work_what_was_reserved_at_its_admission_time) {
  this->open(70);
  this->end(settle_entry(this->open(80), this->now(), {1, 1, 0, 0}));
  const WallTime admitted = this->now();
  this->pass(std::chrono::minutes(20));
  this->subject_.restart();
  EXPECT_EQ(this->totals(), (std::map<ScopeId, Used>{{kOne, {2, 72}}, {kTwo, {2, 72}}}));
  EXPECT_EQ(this->usage_since(admitted)[kOne], (Used{2, 72}));
  EXPECT_TRUE(this->usage_since(admitted + Millis(1)).empty());
}

TYPED_TEST(StoreConformance, a_late_settlement_of_an_expired_charge_corrects_it_once_where_it_was_admitted) {
  const ChargeId charge = this->open(70);
  const WallTime admitted = this->now();
  this->subject_.restart();
  this->pass(std::chrono::minutes(20));
  this->end(settle_entry(charge, this->now(), {20, 5, 0, 0}));
  EXPECT_EQ(this->totals()[kOne], (Used{1, 25}));
  this->end(settle_entry(charge, this->now(), {900, 0, 0, 0}));
  EXPECT_EQ(this->totals(), (std::map<ScopeId, Used>{{kOne, {1, 25}}, {kTwo, {1, 25}}}));
  EXPECT_EQ(this->usage_since(admitted)[kOne], (Used{1, 25}));
  EXPECT_TRUE(this->usage_since(admitted + Millis(1)).empty());
  this->pass(std::chrono::hours(3));
  EXPECT_EQ(this->usage_since(admitted)[kOne], (Used{1, 25})) << "also when the past is summed up";
}

TYPED_TEST(StoreConformance, an_expired_charge_is_not_released_afterwards) {
  const ChargeId charge = this->open(70);
  this->subject_.restart();
  this->end(release_entry(charge, this->now()));
  EXPECT_EQ(this->totals()[kOne], (Used{1, 70}));
}

TYPED_TEST(StoreConformance, usage_lies_at_the_admission_and_not_at_the_ending) {
  const WallTime admitted = this->now();
  const ChargeId charge = this->open(100);
  this->pass(std::chrono::minutes(5));
  this->end(settle_entry(charge, this->now(), {10, 10, 0, 0}));
  EXPECT_EQ(this->usage_since(admitted)[kOne], (Used{1, 20}));
  EXPECT_TRUE(this->usage_since(admitted + Millis(1)).empty());
}

TYPED_TEST(StoreConformance, slices_of_the_last_hour_are_half_a_second_and_older_ones_at_most_twelve_minutes) {
  const WallTime old = this->now();
  this->end(settle_entry(this->open(1), this->now(), {1, 0, 0, 0}));
  this->pass(std::chrono::hours(3));
  const WallTime fresh = this->now();
  this->end(settle_entry(this->open(1), this->now(), {2, 0, 0, 0}));
  this->pass(Millis(500));
  this->end(settle_entry(this->open(1), this->now(), {4, 0, 0, 0}));
  this->pass(std::chrono::minutes(59));
  this->subject_.make_books();
  const auto slices = this->store().usage_since(old - std::chrono::hours(5), this->now());
  ASSERT_TRUE(slices);
  std::map<std::int64_t, WallTime> at;
  for (const auto& slice : *slices) at[slice.tokens] = slice.at;
  ASSERT_EQ(at.size(), 3U) << "half a second apart is another slice";
  EXPECT_LT(std::chrono::abs(at[1] - old), std::chrono::minutes(12));
  EXPECT_LT(std::chrono::abs(at[2] - fresh), Millis(500));
  EXPECT_LT(std::chrono::abs(at[4] - fresh - Millis(500)), Millis(500));
}

TYPED_TEST(StoreConformance, sums_are_those_of_a_simple_model_for_any_since) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Rng rng(seed);
    struct Done {
      WallTime at;
      ScopeId scope;
      std::int64_t tokens;
    };
    std::vector<Done> model;
    const auto base = static_cast<unsigned>(seed * 100);
    const WallTime begin = this->now();
    for (int i = 0; i < 150; ++i) {
      this->pass(Millis(static_cast<std::int64_t>(rng.below(2 * 24 * 60 * 60 * 1000 / 150))));
      const unsigned scope = base + static_cast<unsigned>(rng.below(4));
      const ChargeId charge = this->open(1000, {scope, base + 50});
      if (rng.below(10) == 0) this->subject_.make_books();
      if (rng.below(5) == 0) {
        this->end(release_entry(charge, this->now()));
        continue;
      }
      const auto prompt = static_cast<std::int64_t>(rng.below(1000));
      this->end(settle_entry(charge, this->now(), {prompt, 3, 0, 0}));
      model.push_back({this->now(), ScopeId{scope}, prompt + 3});
      model.push_back({this->now(), ScopeId{base + 50}, prompt + 3});
    }
    for (int i = 0; i < 20; ++i) {
      const auto span = static_cast<std::uint64_t>((this->now() - begin).count());
      const WallTime since = begin + Millis(static_cast<std::int64_t>(rng.below(span)));
      std::map<ScopeId, Used> expected;
      for (const Done& done : model) {
        if (done.at < since) continue;
        ++expected[done.scope].requests;
        expected[done.scope].tokens += done.tokens;
      }
      EXPECT_EQ(this->usage_since(since), expected) << "since " << (this->now() - since).count() << " ms ago";
    }
    this->pass(std::chrono::hours(1));
  }
}

TYPED_TEST(StoreConformance, a_scope_keeps_its_number_across_restarts_and_kinds_do_not_mix) {
  const auto user = this->store().scope(ScopeKind::user, "사용자1");
  const auto group = this->store().scope(ScopeKind::group, "사용자1");
  ASSERT_TRUE(user && group);
  EXPECT_NE(*user, ScopeId::none);
  EXPECT_NE(*user, *group);
  this->subject_.restart();
  EXPECT_EQ(this->store().scope(ScopeKind::user, "사용자1").value(), *user);
}

TYPED_TEST(StoreConformance, charge_ids_increase_also_across_a_restart) {
  ChargeId last = ChargeId::none;
  for (int i = 0; i < 10; ++i) {
    const ChargeId next = this->store().next_charge();
    EXPECT_GT(next, last);
    last = next;
    if (i % 4 == 3) this->subject_.restart();
  }
}

TYPED_TEST(StoreConformance, a_waiter_is_told_once_and_only_when_synced) {
  this->subject_.hold_sync();
  const auto written = this->store().append(open_entry(this->store().next_charge(), this->now(), 1, {1}));
  ASSERT_TRUE(written);
  EXPECT_FALSE(this->store().synced(*written));
  int told = 0;
  this->store().when_synced(*written, [&told](bool good) { told += good ? 1 : 100; });
  EXPECT_EQ(told, 0);
  this->subject_.sync();
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(this->store().synced(*written));
  this->subject_.sync();
  EXPECT_EQ(told, 1);
}

TYPED_TEST(StoreConformance, a_store_that_refuses_opens_says_why_and_still_takes_endings) {
  const ChargeId charge = this->open(10);
  EXPECT_TRUE(this->store().health().accepting);
  this->subject_.refuse_opens();
  const auto refused = this->store().append(open_entry(this->store().next_charge(), this->now(), 1, {1}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_EQ(refused.error().source, ErrorSource::storage);
  EXPECT_FALSE(refused.error().message.empty());
  EXPECT_FALSE(this->store().health().accepting);
  EXPECT_FALSE(this->store().health().reason.empty());
  this->end(settle_entry(charge, this->now(), {5, 5, 0, 0}));
  EXPECT_EQ(this->totals()[kOne], (Used{1, 10}));
}

TEST(MemoryStoreTest, the_nth_append_fails_and_writes_nothing_and_the_next_one_works) {
  MemoryStore store;
  store.fail_nth_append(2);
  EXPECT_TRUE(store.append(open_entry(ChargeId{1}, WallTime{}, 1, {1})));
  EXPECT_FALSE(store.append(settle_entry(ChargeId{1}, WallTime{}, {1, 0, 0, 0})));
  EXPECT_EQ(store.entries().size(), 1U);
  EXPECT_EQ(store.open_charges(), 1U);
  EXPECT_TRUE(store.append(settle_entry(ChargeId{1}, WallTime{}, {1, 0, 0, 0})));
  EXPECT_EQ(store.open_charges(), 0U);
}

}  // namespace
}  // namespace ktl::storage::testing
