#pragma once
// A SQLite store under test.
#include <initializer_list>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "storage/journal/journal_fixture.h"
#include "storage/sqlite/sqlite_store.h"

namespace ktl::storage::testing {

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
