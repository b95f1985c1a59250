#pragma once
// Small writes to the SQLite file that nobody waits for (a ban that begins, say), off the path of a request: posted by
// any thread without blocking, done in order by the keeper, tried again while the file is locked or the disk full.
#include <deque>
#include <functional>
#include <mutex>

#include "base/result.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::storage {

class LaterWrites {
 public:
  using Write = std::function<Result<void>(SqliteFile&)>;

  void post(Write write);

  // Does all that was posted. A failure that may pass ends it and keeps the rest for the next call; a write that can
  // never work is dropped, and its error returned at the end. One caller at a time.
  Result<void> flush(SqliteFile& file);

 private:
  std::mutex mutex_;
  std::deque<Write> writes_;
};

}  // namespace ktl::storage
