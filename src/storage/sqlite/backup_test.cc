#include "storage/sqlite/backup.h"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "storage/sqlite/store_fixture.h"

namespace ktl::storage::testing {
namespace {

constexpr Millis kSeoul = std::chrono::hours(9);

class BackupTest : public StoreTest {
 protected:
  std::string live() { return folder_ / "usage.db"; }
  std::string saved() { return folder_ / "saved.db"; }
  Result<BackupReport> back_up_now() { return back_up(live(), saved(), kSeoul, clock_.wall()); }
  Result<RestoreReport> restore_now() { return restore(saved(), live(), kSeoul, clock_.wall()); }
  void charge(std::int64_t prompt) { settle(open(), {prompt, 1, 0, 0}); }
  void drain() {
    ASSERT_TRUE(store_->drain_now());
    ASSERT_TRUE(store_->extend_now());
  }
  std::int64_t total() { return query("SELECT prompt FROM usage_total WHERE scope=2"); }
  static void harm(const std::string& path, const std::string& sql) {
    auto database = Database::open(path, Access::read_write, Millis(1000));
    ASSERT_TRUE(database && database->execute(sql));
  }
};

TEST_F(BackupTest, a_restored_file_has_everything_acknowledged_before_the_backup_also_from_the_journal) {
  charge(100);
  drain();
  charge(20);
  const ChargeId left_open = open(70);
  const auto report = back_up_now();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->from_journal, 3U);
  charge(3);
  settle(left_open, {4, 0, 0, 0});
  drain();
  ASSERT_EQ(total(), 127);
  store_.reset();

  const auto restored = restore_now();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->verification.charges, 2);
  EXPECT_EQ(total(), 120);
  reopen();
  EXPECT_EQ(total(), 190) << "the charge that was open is charged as reserved";
  EXPECT_EQ(store_->file().verify(kSeoul).value().wrong, 0);
  charge(1);
  drain();
  EXPECT_EQ(total(), 191);
}

TEST_F(BackupTest, the_replaced_books_are_kept_with_their_journal_and_open_under_their_new_name) {
  charge(100);
  drain();
  ASSERT_TRUE(back_up_now());
  charge(20);  // stays in the journal: the process is killed
  TempFolder elsewhere;
  std::filesystem::copy(folder_ / "", elsewhere / "", std::filesystem::copy_options::recursive);
  store_.reset();
  const auto restored = restore(elsewhere / "saved.db", elsewhere / "usage.db", kSeoul, clock_.wall());
  ASSERT_TRUE(restored) << restored.error().message;
  auto other = options();
  other.path = restored->replaced;
  reopen(other);
  EXPECT_EQ(store_->recovery().replayed, 2U);
  EXPECT_EQ(store_->totals().value().at(0).prompt_tokens, 120);
  other.path = elsewhere / "usage.db";
  reopen(other);
  EXPECT_EQ(store_->recovery().replayed, 0U);
  EXPECT_EQ(store_->totals().value().at(0).prompt_tokens, 100);
}

TEST_F(BackupTest, a_running_gateway_is_not_replaced) {
  charge(100);
  ASSERT_TRUE(back_up_now());
  const auto restored = restore_now();
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error().code, ErrorCode::conflict);
  EXPECT_FALSE(back_up_now()) << "a backup replaces nothing";
}

TEST_F(BackupTest, nothing_is_replaced_by_a_file_that_is_damaged_wrong_newer_or_not_ours) {
  for (int i = 0; i < 300; ++i) {
    charge(100);
    if (i % 4 == 3) drain();
  }
  drain();
  ASSERT_TRUE(back_up_now());
  store_.reset();
  const std::string good = folder_ / "good.db";
  std::filesystem::rename(saved(), good);
  const auto expect_refused = [&](ErrorCode code, const char* what) {
    const auto restored = restore_now();
    ASSERT_FALSE(restored) << what;
    EXPECT_EQ(restored.error().code, code) << what << ": " << restored.error().message;
    EXPECT_EQ(total(), 30'000) << what;
    EXPECT_FALSE(std::filesystem::exists(live() + ".restoring")) << what;
  };
  const auto from_good = [&](const char* sql) {
    std::filesystem::copy_file(good, saved(), std::filesystem::copy_options::overwrite_existing);
    harm(saved(), sql);
  };
  expect_refused(ErrorCode::not_found, "missing");
  from_good("UPDATE usage_total SET prompt=prompt+1");
  expect_refused(ErrorCode::conflict, "a wrong balance");
  from_good("PRAGMA user_version=99");
  expect_refused(ErrorCode::conflict, "newer");
  from_good("DROP TABLE ledger");
  expect_refused(ErrorCode::invalid, "not ours");
  from_good("PRAGMA writable_schema=1; UPDATE sqlite_schema SET rootpage=3 WHERE name='ledger_by_admission'");
  expect_refused(ErrorCode::invalid, "damaged");
  std::ofstream(saved(), std::ios::trunc) << "no database";
  EXPECT_FALSE(restore_now());
  EXPECT_EQ(total(), 30'000);
  std::filesystem::copy_file(good, saved(), std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(restore_now()) << "the good one is taken";
}

TEST_F(BackupTest, under_load_the_backup_has_what_was_acknowledged_before_and_its_balances_are_right) {
  auto running = options();
  running.start_keeper = true;
  running.segment_records = 4096;
  running.drain_batch = 64;
  running.drain_interval = Millis(1);
  running.clock = nullptr;
  running.busy = Millis(100);
  reopen(running);
  std::atomic<std::int64_t> acknowledged{0};
  std::atomic<bool> enough{false};
  std::thread load([&] {
    while (!enough) {
      const ChargeId charge = store_->next_charge();
      while (!store_->append(open_entry(charge, WallTime(Millis(1'800'000'000'000)), 5, {1, 2, 3})))
        std::this_thread::yield();
      EXPECT_TRUE(store_->append(settle_entry(charge, WallTime(Millis(1'800'000'000'000)), {1, 0, 0, 0})));
      ++acknowledged;
    }
  });
  std::vector<std::pair<std::string, std::int64_t>> saved;
  for (int round = 0; round < 8; ++round) {
    while (acknowledged < (round + 1) * 1500) std::this_thread::yield();
    const std::int64_t before = acknowledged;
    const std::string target = folder_ / ("saved" + std::to_string(round));
    const auto report = back_up(live(), target, kSeoul, clock_.wall());
    EXPECT_TRUE(report) << report.error().message;
    saved.emplace_back(target, before);
  }
  enough = true;
  load.join();
  store_.reset();
  EXPECT_EQ(total(), acknowledged) << "the backups took nothing away";
  for (const auto& [file, before] : saved) {
    clock_.now_ms += 1000;
    const auto restored = restore(file, live(), kSeoul, clock_.wall());
    ASSERT_TRUE(restored) << restored.error().message;
    EXPECT_GE(total(), before) << file;
  }
}

}  // namespace
}  // namespace ktl::storage::testing
