// The store from the outside: what was written is booked once, whatever the disk does.
#include "storage/sqlite/sqlite_store.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <latch>

#include "storage/sqlite/store_fixture.h"

namespace ktl::storage::testing {
namespace {

TEST_F(StoreTest, a_settled_charge_is_one_ledger_row_and_counts_for_each_of_its_scopes) {
  const ChargeId charge = open(100, {7, 8});
  settle(charge, {30, 12, 5, 2});
  ASSERT_TRUE(store_->drain_now());

  EXPECT_EQ(query("SELECT COUNT(*) FROM ledger"), 1);
  EXPECT_EQ(query("SELECT reserved FROM ledger"), 100);
  EXPECT_EQ(query("SELECT prompt*1000000+completion*10000+cached*100+reasoning FROM ledger"), 30120502);
  EXPECT_EQ(query("SELECT COUNT(*) FROM open_reservations"), 0);
  const auto totals = store_->totals();
  ASSERT_TRUE(totals);
  ASSERT_EQ(totals->size(), 2U);
  for (const auto& total : *totals) {
    EXPECT_EQ(total.requests, 1);
    EXPECT_EQ(total.prompt_tokens, 30);
    EXPECT_EQ(total.completion_tokens, 12);
  }
}

TEST_F(StoreTest, an_ending_that_is_drained_later_than_its_open_finds_it) {
  const ChargeId first = open();
  const ChargeId second = open();
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(query("SELECT COUNT(*) FROM open_reservations"), 2);
  settle(second, {1, 2, 0, 0});
  ASSERT_TRUE(store_->append(release_entry(first, clock_.wall())));
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(query("SELECT COUNT(*) FROM open_reservations"), 0);
  EXPECT_EQ(query("SELECT SUM(prompt+completion) FROM ledger"), 3);
  EXPECT_EQ(query("SELECT SUM(requests) FROM usage_by_day WHERE scope=1"), 1) << "a released charge is no request";
}

TEST_F(StoreTest, a_restart_books_the_journal_once_and_expires_what_was_open) {
  const ChargeId done = open(50);
  settle(done, {10, 5, 0, 0});
  open(70);
  ASSERT_TRUE(store_->drain_now());
  open(80);
  reopen();
  EXPECT_EQ(store_->recovery().expired, 2);
  EXPECT_EQ(store_->recovery().expired_tokens, 150);
  EXPECT_EQ(query("SELECT COUNT(*) FROM open_reservations"), 0);
  EXPECT_EQ(query("SELECT SUM(prompt+completion) FROM ledger"), 165);
  EXPECT_EQ(query("SELECT COUNT(*) FROM ledger WHERE kind=4 AND outcome=4 AND prompt=reserved"), 2);
  reopen();
  EXPECT_EQ(store_->recovery().expired, 0);
  EXPECT_EQ(query("SELECT SUM(prompt) FROM usage_by_day WHERE scope=2"), 160);
}

TEST_F(StoreTest, charge_ids_increase_across_restarts_even_those_that_were_never_written) {
  ChargeId last = store_->next_charge();
  for (int round = 0; round < 3; ++round) {
    reopen();
    const ChargeId next = store_->next_charge();
    EXPECT_GT(next, last);
    last = next;
  }
}

TEST_F(StoreTest, the_journal_goes_through_many_segments_and_leaves_one_behind) {
  for (int i = 0; i < 500; ++i) {
    settle(open(), {1, 1, 0, 0});
    ASSERT_TRUE(store_->extend_now());
    if (i % 5 == 4) {
      ASSERT_TRUE(store_->drain_now());
    }
  }
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(query("SELECT COUNT(*) FROM ledger"), 500);
  EXPECT_EQ(query("SELECT SUM(requests) FROM usage_by_slice WHERE scope=3"), 500);
  EXPECT_LE(list_segments(folder_ / "usage.db.journal")->size(), 2U);
}

TEST_F(StoreTest, a_full_disk_refuses_opens_but_takes_every_ending_and_recovers_by_itself) {
  disk_.allocate_error = ENOSPC;
  std::vector<ChargeId> open_charges;
  for (;;) {
    const ChargeId charge = store_->next_charge();
    const auto written = store_->append(open_entry(charge, clock_.wall(), 10, {1}));
    const bool extended = store_->extend_now().has_value();
    EXPECT_EQ(extended, store_->health().reason.empty());
    if (!written) {
      EXPECT_EQ(written.error().code, ErrorCode::unavailable);
      EXPECT_EQ(written.error().source, ErrorSource::storage);
      EXPECT_NE(written.error().message.find("No space left"), std::string::npos) << written.error().message;
      break;
    }
    open_charges.push_back(charge);
  }
  EXPECT_EQ(open_charges.size(), 8U) << "half of 16 slots are kept for endings";
  EXPECT_FALSE(store_->health().accepting);
  for (const ChargeId charge : open_charges) settle(charge, {1, 0, 0, 0});
  EXPECT_FALSE(store_->append(open_entry(store_->next_charge(), clock_.wall(), 10, {1})));

  disk_.allocate_error = 0;
  ASSERT_TRUE(store_->extend_now());
  EXPECT_TRUE(store_->health().accepting);
  EXPECT_EQ(store_->health().reason, "");
  settle(open(), {1, 0, 0, 0});
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(query("SELECT SUM(prompt) FROM ledger"), 9);
}

TEST_F(StoreTest, endings_without_an_open_never_take_the_room_of_promised_ones_beyond_the_file) {
  disk_.allocate_error = ENOSPC;
  const ChargeId charge = open();
  int accepted = 0;
  while (store_->append(settle_entry(charge, clock_.wall(), {1, 1, 0, 0}))) ++accepted;
  EXPECT_EQ(accepted, 15);
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(query("SELECT COUNT(*) FROM ledger"), 1);
  EXPECT_EQ(query("SELECT SUM(requests) FROM usage_by_day WHERE scope=1"), 1) << "only the first ending counts";
}

TEST_F(StoreTest, a_locked_file_delays_the_books_and_loses_nothing) {
  auto other = Database::open(folder_ / "usage.db", Access::read_write, Millis(0));
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN EXCLUSIVE"));
  for (int i = 0; i < 5; ++i) settle(open(), {2, 1, 0, 0});
  clock_.now_ms += 1500;
  EXPECT_FALSE(store_->drain_now());
  const auto locked = store_->health();
  EXPECT_TRUE(locked.accepting);
  EXPECT_NE(locked.reason.find("locked"), std::string::npos) << locked.reason;
  EXPECT_EQ(locked.lag_entries, 10U);
  EXPECT_EQ(locked.lag_milliseconds, 1500U);

  ASSERT_TRUE(other->execute("ROLLBACK"));
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(store_->health().lag_entries, 0U);
  EXPECT_EQ(store_->health().lag_milliseconds, 0U);
  EXPECT_EQ(store_->health().reason, "");
  EXPECT_EQ(query("SELECT SUM(prompt+completion) FROM ledger"), 15);
}

TEST_F(StoreTest, a_file_locked_for_long_refuses_opens_at_the_bound_of_segments_until_it_is_free) {
  auto other = Database::open(folder_ / "usage.db", Access::read_write, Millis(0));
  ASSERT_TRUE(other);
  ASSERT_TRUE(other->execute("BEGIN EXCLUSIVE"));
  std::size_t charges = 0;
  for (;; ++charges) {
    static_cast<void>(store_->extend_now());
    EXPECT_FALSE(charges > 0 && store_->drain_now());
    const ChargeId charge = store_->next_charge();
    if (!store_->append(open_entry(charge, clock_.wall(), 10, {1}))) break;
    settle(charge, {1, 0, 0, 0});
  }
  EXPECT_EQ(charges, 32U) << "4 segments of 16 entries";
  EXPECT_NE(store_->health().reason.find("bound"), std::string::npos) << store_->health().reason;
  ASSERT_TRUE(other->execute("ROLLBACK"));
  ASSERT_TRUE(store_->drain_now());
  ASSERT_TRUE(store_->extend_now());
  settle(open(), {1, 0, 0, 0});
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(query("SELECT SUM(prompt) FROM ledger"), 33);
}

// Files of this process may not grow while it lives.
class NoGrowth {
 public:
  NoGrowth() : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~NoGrowth() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  NoGrowth(const NoGrowth&) = delete;
  NoGrowth& operator=(const NoGrowth&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST_F(StoreTest, when_no_file_can_grow_the_journal_takes_what_it_promised_and_sqlite_catches_up_later) {
  std::size_t charges = 0;
  {
    const NoGrowth full_disk;
    for (;; ++charges) {
      static_cast<void>(store_->extend_now());
      const ChargeId charge = store_->next_charge();
      if (!store_->append(open_entry(charge, clock_.wall(), 10, {1}))) break;
      settle(charge, {3, 0, 0, 0});
      EXPECT_FALSE(store_->drain_now());
      EXPECT_NE(store_->health().reason.find("sqlite"), std::string::npos) << store_->health().reason;
    }
    EXPECT_EQ(charges, 8U) << "the 16 slots that exist";
  }
  ASSERT_TRUE(store_->extend_now());
  ASSERT_TRUE(store_->drain_now());
  EXPECT_EQ(store_->health().reason, "");
  EXPECT_EQ(query("SELECT SUM(prompt) FROM ledger"), 24);
}

TEST_F(StoreTest, synced_says_yes_only_after_the_sync) {
  const auto written = store_->append(open_entry(store_->next_charge(), clock_.wall(), 1, {1}));
  ASSERT_TRUE(written);
  EXPECT_FALSE(store_->synced(*written));
  int told = 0;
  store_->when_synced(*written, [&told](bool good) { told += good ? 1 : 100; });
  EXPECT_EQ(told, 0);
  ASSERT_TRUE(store_->sync_now());
  EXPECT_TRUE(store_->synced(*written));
  EXPECT_EQ(told, 1);
  store_->when_synced(*written, [&told](bool good) { told += good ? 1 : 100; });
  EXPECT_EQ(told, 2);
  const auto next = store_->append(open_entry(store_->next_charge(), clock_.wall(), 1, {1}));
  ASSERT_TRUE(next);
  EXPECT_FALSE(store_->synced(*next)) << "a sync covers what was written before it";
}

TEST_F(StoreTest, a_failed_sync_refuses_opens_until_sqlite_has_what_it_covered_and_the_disk_works_again) {
  const ChargeId charge = store_->next_charge();
  const auto written = store_->append(open_entry(charge, clock_.wall(), 1, {1}));
  ASSERT_TRUE(written);
  int told = 0;
  store_->when_synced(*written, [&told](bool good) { told += good ? 1 : 100; });
  disk_.sync_error = EIO;
  EXPECT_FALSE(store_->sync_now());
  EXPECT_EQ(told, 100);
  EXPECT_FALSE(store_->synced(*written));
  EXPECT_FALSE(store_->health().accepting);
  EXPECT_NE(store_->health().reason.find("Input/output error"), std::string::npos) << store_->health().reason;
  EXPECT_FALSE(store_->append(open_entry(store_->next_charge(), clock_.wall(), 1, {1})));
  settle(charge, {1, 1, 0, 0});

  disk_.sync_error = 0;
  EXPECT_FALSE(store_->sync_now()) << "a later success says nothing of what the failed one lost";
  EXPECT_FALSE(store_->health().accepting);
  ASSERT_TRUE(store_->drain_now());
  EXPECT_TRUE(store_->synced(*written)) << "a commit of SQLite is durable too";
  ASSERT_TRUE(store_->sync_now());
  EXPECT_TRUE(store_->health().accepting);
  EXPECT_EQ(store_->health().reason, "");
}

TEST_F(StoreTest, who_still_waits_for_a_sync_when_the_store_closes_is_told) {
  const auto written = store_->append(open_entry(store_->next_charge(), clock_.wall(), 1, {1}));
  ASSERT_TRUE(written);
  int told = 0;
  store_->when_synced(*written, [&told](bool good) { told += good ? 1 : 100; });
  disk_.sync_error = EIO;
  store_.reset();
  EXPECT_EQ(told, 100);
}

TEST_F(StoreTest, a_second_gateway_on_the_same_file_is_refused) {
  const auto second = SqliteStore::open(options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_NE(second.error().message.find("another gateway"), std::string::npos) << second.error().message;
}

TEST_F(StoreTest, a_newer_file_is_refused_by_store_and_command_line) {
  store_.reset();
  {
    auto database = Database::open(folder_ / "usage.db", Access::read_write, Millis(0));
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("PRAGMA user_version=99"));
  }
  const auto store = SqliteStore::open(options());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::conflict);
  EXPECT_NE(store.error().message.find("newer program"), std::string::npos) << store.error().message;
  for (const Access access : {Access::read_only, Access::read_write}) {
    const auto file = SqliteFile::open(folder_ / "usage.db", access);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::conflict);
  }
}

TEST_F(StoreTest, a_journal_of_another_database_is_refused) {
  store_.reset();
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(folder_ / "usage.db" + suffix);
  const auto store = SqliteStore::open(options());
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("another database"), std::string::npos) << store.error().message;
}

TEST_F(StoreTest, the_segment_size_may_change_between_runs) {
  open();
  auto bigger = options();
  bigger.segment_records = 64;
  reopen(bigger);
  for (int i = 0; i < 20; ++i) settle(open(), {1, 0, 0, 0});
  reopen();
  EXPECT_EQ(query("SELECT COUNT(*) FROM ledger"), 21);
}

TEST_F(StoreTest, what_is_to_be_written_later_waits_for_a_locked_file_and_keeps_its_order) {
  const auto ban_until = [](std::int64_t until) {
    return [until](SqliteFile& file) { return file.save_ban({ScopeId{1}, WallTime(Millis(until)), "", false}); };
  };
  std::string order;
  store_->write_later([&order](SqliteFile&) -> Result<void> {
    order += "a";
    if (order.size() < 3) return fail(ErrorCode::unavailable, ErrorSource::storage, "locked for now", Retry::yes);
    return {};
  });
  store_->write_later([&order](SqliteFile&) -> Result<void> {
    order += "b";
    return fail(ErrorCode::io, ErrorSource::storage, "never works");
  });
  store_->write_later(ban_until(100));
  store_->write_later(ban_until(200));
  EXPECT_EQ(order, "");
  EXPECT_FALSE(store_->drain_now());
  EXPECT_NE(store_->health().reason.find("locked for now"), std::string::npos);
  EXPECT_FALSE(store_->drain_now());
  EXPECT_FALSE(store_->drain_now());
  EXPECT_EQ(order, "aaab") << "tried again until it works; what cannot work is given up";
  EXPECT_EQ(query("SELECT until_ms FROM bans"), 200);
  EXPECT_TRUE(store_->drain_now());
  EXPECT_EQ(store_->health().reason, "");
  store_->write_later(ban_until(300));
  store_.reset();
  EXPECT_EQ(query("SELECT until_ms FROM bans"), 300) << "closing writes what is left";
}

TEST_F(StoreTest, the_ledger_is_append_only) {
  settle(open(), {1, 0, 0, 0});
  ASSERT_TRUE(store_->drain_now());
  auto database = Database::open(folder_ / "usage.db", Access::read_write, Millis(0));
  ASSERT_TRUE(database);
  EXPECT_FALSE(database->execute("DELETE FROM ledger"));
  EXPECT_FALSE(database->execute("UPDATE ledger SET prompt=0"));
  EXPECT_EQ(query("SELECT SUM(prompt) FROM ledger"), 1);
}

TEST_F(StoreTest, with_the_keeper_running_a_waiter_is_told_and_the_books_are_made) {
  for (const int group_commit : {0, 10}) {
    auto with_keeper = options();
    with_keeper.clock = nullptr;
    with_keeper.start_keeper = true;
    with_keeper.group_commit = Millis(group_commit);
    with_keeper.drain_interval = Millis(1);
    reopen(with_keeper);
    std::latch all(6);
    std::atomic<int> good_ones{0};
    for (int i = 0; i < 6; ++i) {
      const auto written = store_->append(open_entry(store_->next_charge(), clock_.wall(), 1, {1}));
      ASSERT_TRUE(written);
      store_->when_synced(*written, [&](bool good) {
        good_ones += good ? 1 : 0;
        all.count_down();
      });
    }
    all.wait();
    EXPECT_EQ(good_ones, 6);
  }
}

}  // namespace
}  // namespace ktl::storage::testing
