#pragma once
// What the tests of the store share: a folder that goes away, a clock and a disk in the test's hands, entries by the
// word.
#include <stdlib.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "storage/sqlite/sqlite_store.h"

namespace ktl::storage::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ktl-store-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class TestClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Millis(now_ms.load())); }
  MonoTime mono() const override { return MonoTime(Millis(now_ms.load())); }
  std::atomic<std::int64_t> now_ms{1'800'000'000'000};
};

// The real disk until told otherwise.
class TestDisk final : public FileSystem {
 public:
  int allocate(int fd, std::int64_t bytes) override {
    return allocate_error != 0 ? allocate_error.load() : real_.allocate(fd, bytes);
  }
  int sync(int fd) override { return sync_error != 0 ? sync_error.load() : real_.sync(fd); }
  std::atomic<int> allocate_error{0};
  std::atomic<int> sync_error{0};

 private:
  RealFileSystem real_;
};

inline ledger::Entry open_entry(ChargeId charge, WallTime at, std::int64_t reserved,
                                std::initializer_list<unsigned> scopes) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::open;
  entry.charge = charge;
  entry.at = at;
  entry.reserved_tokens = reserved;
  for (const unsigned scope : scopes) entry.scopes[entry.scope_count++] = static_cast<ScopeId>(scope);
  return entry;
}

inline ledger::Entry settle_entry(ChargeId charge, WallTime at, TokenUsage usage) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::settle;
  entry.outcome = ledger::Outcome::ok;
  entry.charge = charge;
  entry.at = at;
  entry.usage = usage;
  return entry;
}

inline ledger::Entry release_entry(ChargeId charge, WallTime at) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::release;
  entry.outcome = ledger::Outcome::engine_failed;
  entry.charge = charge;
  entry.at = at;
  return entry;
}

// A store without keeper threads in a folder of its own, that can be closed, killed and opened again.
class StoreTest : public ::testing::Test {
 protected:
  SqliteOptions options() {
    SqliteOptions options;
    options.path = folder_ / "usage.db";
    options.segment_records = 16;
    options.max_segments = 4;
    options.drain_batch = 8;
    options.busy = Millis(0);
    options.start_keeper = false;
    options.clock = &clock_;
    options.files = &disk_;
    return options;
  }

  void SetUp() override { reopen(options()); }

  void reopen(SqliteOptions options) {
    store_.reset();
    auto opened = SqliteStore::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void reopen() { reopen(options()); }

  // One value out of the file, past all our code but the connection.
  std::int64_t query(const std::string& sql) {
    auto database = Database::open(folder_ / "usage.db", Access::read_only, Millis(1000));
    if (!database) return INT64_MIN;
    return database->query_integer(sql).value_or(INT64_MIN);
  }

  ChargeId open(std::int64_t reserved = 100, std::initializer_list<unsigned> scopes = {1, 2, 3}) {
    const ChargeId charge = store_->next_charge();
    const auto written = store_->append(open_entry(charge, clock_.wall(), reserved, scopes));
    EXPECT_TRUE(written) << written.error().message;
    return charge;
  }
  void settle(ChargeId charge, TokenUsage usage) {
    const auto written = store_->append(settle_entry(charge, clock_.wall(), usage));
    EXPECT_TRUE(written) << written.error().message;
  }

  TempFolder folder_;
  TestClock clock_;
  TestDisk disk_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace ktl::storage::testing
