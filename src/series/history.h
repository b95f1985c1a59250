#pragma once
// The past in figures: second by second for an hour in memory, and rolled up in an archive for as long as tiers.h says.
// What was added and is not in the archive yet is at most what came since the last fold(); a program that dies loses
// that, and goes on in the same buckets when it is started again.
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "series/archive.h"
#include "series/names.h"
#include "series/tiers.h"
#include "series/value.h"

namespace ktl::series {

struct Point {
  std::string name;
  Unit unit = Unit::count;
  Value value;
};

struct Query {
  WallTime from{};  // taken down to the step
  WallTime to{};
  Millis step{0};  // that of a tier
  std::vector<std::string> names;
};

struct Column {
  std::string name;
  Unit unit = Unit::count;
  std::vector<std::optional<double>> values;  // nullopt: nothing was known
};

struct Table {
  WallTime from{};
  Millis step{0};
  std::size_t rows = 0;
  std::vector<double> seconds;  // of each row's stretch that were looked at: a rate is over these
  std::vector<Column> columns;
  std::vector<std::string> unknown;  // names that were asked for and are none
};

class History {
 public:
  // `archive` may be null: then only the last hour is known. It outlives the history.
  explicit History(Archive* archive) : archive_(archive) {}

  // What the archive knows of names. Once, before anything else.
  Result<void> open();

  // What happened in the `seconds` before `at`. Any thread; short, and never waits for the archive.
  void add(WallTime at, double seconds, const std::vector<Point>& points);
  // Moves what was added into the archive, and lets it forget what is too old. Any thread but an event loop's. After a
  // failure the same is tried again by the next call; what waits is bounded.
  Result<void> fold(WallTime now);
  // Any thread but an event loop's. A name is that of a figure, or of one side of it: "x.max" of a level, "x.p50",
  // ".p95",
  // ".p99", ".mean" and ".count" of a spread.
  Result<Table> read(const Query& query, WallTime now);
  std::vector<Named> names() const;

 private:
  struct Added {
    WallTime start;
    Bucket bucket;
  };
  struct Open {  // the newest bucket of a tier
    WallTime start{};
    Bucket bucket;
  };
  Result<void> fold_locked(WallTime now);  // archive_mutex_ held
  Result<Bucket> bucket_at(std::size_t tier, WallTime start);
  Result<std::vector<Row>> rows(const Query& query);
  std::vector<Row> rows_in_memory(const Query& query) const;

  Archive* archive_;
  mutable std::mutex memory_mutex_;
  Names names_;              // guarded by memory_mutex_
  std::deque<Row> seconds_;  // guarded by memory_mutex_; oldest first
  std::deque<Added> added_;  // guarded by memory_mutex_; not in the archive

  std::mutex archive_mutex_;              // before memory_mutex_
  std::array<Open, kTiers.size()> open_;  // guarded by archive_mutex_, as all below
  std::size_t names_archived_ = 0;
  WallTime forgot_at_{};
};

}  // namespace ktl::series
