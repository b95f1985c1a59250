#pragma once
// Writes finished lines to a file descriptor without ever holding up the thread that has something to say. append()
// copies into a bounded buffer; one thread writes the buffer out when it is a quarter full, when a line is urgent, or
// after `delay`. When the disk or the reader of a pipe is too slow and the buffer is full, lines are dropped and
// counted.
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/result.h"

namespace ktl::telemetry {

class LineWriter {
 public:
  struct Options {
    std::size_t max_buffered = 4 << 20;  // bytes that may wait
    Millis delay{200};                   // that an ordinary line may wait
  };

  // Writes to `fd`, which the caller keeps open.
  explicit LineWriter(int fd, Options options);
  explicit LineWriter(int fd);
  // Appends to the file at `path`, created with mode 0640. Error: io.
  static Result<std::unique_ptr<LineWriter>> open(std::string path, Options options);
  ~LineWriter();  // writes out what waits
  LineWriter(const LineWriter&) = delete;
  LineWriter& operator=(const LineWriter&) = delete;

  // `line` ends with '\n'. Thread-safe; takes one short lock; false if the line was dropped.
  bool append(std::string_view line, bool urgent = false);
  // Waits until everything appended before is written (or failed to be). Not for event loops.
  void flush();
  // Opens the path anew (log rotation). Lines go on into the old file if that fails. Nothing to do for an fd.
  Result<void> reopen();

  std::uint64_t dropped() const;  // lines lost: buffer full, or the write failed

 private:
  LineWriter(int fd, Options options, std::string path);
  void run();
  bool write_out(std::string_view lines);

  const std::string path_;  // empty: the descriptor was given
  const Options options_;
  std::mutex file_mutex_;  // guards fd_ against reopen
  int fd_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable written_;
  std::string waiting_;
  std::uint64_t appended_ = 0;  // lines accepted
  std::uint64_t done_ = 0;      // lines no longer waiting
  std::uint64_t waiting_lines_ = 0;
  std::uint64_t dropped_ = 0;
  bool urgent_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: starts when all of the above exists
};

}  // namespace ktl::telemetry
