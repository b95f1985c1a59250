// The journal alone: order, room, and many threads at once.
#include "storage/journal/journal.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "storage/journal/journal_fixture.h"

namespace ktl::storage::testing {
namespace {

class JournalTest : public ::testing::Test {
 protected:
  std::unique_ptr<WriteAheadJournal> create(std::uint32_t segment_records, std::uint32_t max_segments) {
    auto journal = WriteAheadJournal::create({folder_ / ".", 1, 1, segment_records, max_segments}, disk_);
    EXPECT_TRUE(journal) << journal.error().message;
    return std::move(*journal);
  }

  TempFolder folder_;
  TestDisk disk_;
};

TEST_F(JournalTest, entries_are_read_in_the_order_of_their_numbers_across_segments) {
  auto journal = create(4, 8);
  for (std::uint64_t i = 1; i <= 13; ++i) {
    while (journal->wants_room()) ASSERT_TRUE(journal->extend());
    const auto number = journal->append(settle_entry(ChargeId{i}, WallTime{}, {}));
    ASSERT_TRUE(number) << number.error().message;
    EXPECT_EQ(*number, i);
  }
  EXPECT_EQ(journal->published(), 13U);
  WriteAheadJournal::Batch batch;
  std::uint64_t next = 1;
  Position last{1, 0};
  for (journal->read_batch(5, batch); !batch.entries.empty(); journal->read_batch(5, batch)) {
    EXPECT_EQ(batch.begin, last);
    last = batch.next;
    for (const auto& entry : batch.entries) EXPECT_EQ(entry.charge, ChargeId{next++});
    journal->mark_drained(batch.end);
  }
  EXPECT_EQ(next, 14U);
  EXPECT_EQ(last, (Position{4, 1}));
}

TEST_F(JournalTest, a_drained_segment_is_removed_and_not_before) {
  auto journal = create(4, 8);
  ASSERT_TRUE(journal->extend());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(journal->append(settle_entry(ChargeId{1}, WallTime{}, {})));
  journal->mark_drained(3);
  EXPECT_EQ(list_segments(folder_ / ".").value(), (std::vector<std::uint32_t>{1, 2}));
  journal->mark_drained(4);
  EXPECT_EQ(list_segments(folder_ / ".").value(), (std::vector<std::uint32_t>{2}));
}

TEST_F(JournalTest, an_open_needs_room_for_its_ending_too) {
  auto journal = create(4, 2);
  ASSERT_TRUE(journal->append(open_entry(ChargeId{1}, WallTime{}, 1, {1})));
  ASSERT_TRUE(journal->append(open_entry(ChargeId{2}, WallTime{}, 1, {1})));
  EXPECT_FALSE(journal->accepting());
  EXPECT_FALSE(journal->append(open_entry(ChargeId{3}, WallTime{}, 1, {1})));
  ASSERT_TRUE(journal->append(settle_entry(ChargeId{1}, WallTime{}, {})));
  EXPECT_FALSE(journal->append(open_entry(ChargeId{3}, WallTime{}, 1, {1}))) << "an ending gives no room back";
  ASSERT_TRUE(journal->append(settle_entry(ChargeId{2}, WallTime{}, {})));
  EXPECT_EQ(journal->claimed(), 4U);
  ASSERT_TRUE(journal->extend());
  EXPECT_TRUE(journal->append(open_entry(ChargeId{3}, WallTime{}, 1, {1})));
}

TEST_F(JournalTest, many_threads_lose_nothing_while_the_keeper_syncs_drains_and_extends) {
  constexpr int kThreads = 4;
  constexpr std::uint64_t kCharges = 3000;
  auto journal = create(64, 8);
  std::atomic<int> running{kThreads};
  std::atomic<std::uint64_t> told{0};
  std::atomic<std::uint64_t> asked{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < kCharges; ++i) {
        const ChargeId charge{(static_cast<std::uint64_t>(t) << 32) | i};
        auto number = journal->append(open_entry(charge, WallTime{}, 1, {1, 2}));
        for (; !number; number = journal->append(open_entry(charge, WallTime{}, 1, {1, 2}))) std::this_thread::yield();
        if (i % 16 == 0) {
          ++asked;
          journal->when_synced(*number, [&told](bool good) { told += good ? 1U : 0U; });
        }
        ASSERT_TRUE(journal->append(settle_entry(charge, WallTime{}, {1, 1, 0, 0}))) << "an ending finds its room";
      }
      --running;
    });
  }
  std::thread syncer([&] {
    while (running > 0) {
      ASSERT_TRUE(journal->sync());
      std::this_thread::yield();
    }
  });
  std::vector<ledger::Entry> read;
  WriteAheadJournal::Batch batch;
  while (running > 0 || journal->drained() < journal->claimed()) {
    if (journal->wants_room()) static_cast<void>(journal->extend());
    journal->read_batch(50, batch);
    read.insert(read.end(), batch.entries.begin(), batch.entries.end());
    if (!batch.entries.empty()) journal->mark_drained(batch.end);
  }
  for (std::thread& thread : threads) thread.join();
  syncer.join();
  EXPECT_EQ(told, asked);
  EXPECT_EQ(read.size(), 2 * kThreads * kCharges);
  std::set<ChargeId> open;
  std::set<ChargeId> ended;
  for (const ledger::Entry& entry : read) {
    if (entry.kind == ledger::EntryKind::open) {
      EXPECT_TRUE(open.insert(entry.charge).second);
      continue;
    }
    EXPECT_TRUE(open.contains(entry.charge)) << "an ending never comes before its open";
    EXPECT_TRUE(ended.insert(entry.charge).second);
  }
  EXPECT_EQ(ended.size(), kThreads * kCharges);
}

}  // namespace
}  // namespace ktl::storage::testing
