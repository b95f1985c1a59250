#include "telemetry/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/named_thread.h"

namespace ktl::telemetry {
namespace {

int open_for_append(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

tl::unexpected<Error> cannot_open(const std::string& path) {
  return fail(ErrorCode::io, ErrorSource::gateway, "cannot open log file " + path + ": " + std::strerror(errno));
}

}  // namespace

LineWriter::LineWriter(int fd, Options options, std::string path)
    : path_(std::move(path)), options_(options), fd_(fd), thread_(named_thread("log", [this] { run(); })) {}

LineWriter::LineWriter(int fd, Options options) : LineWriter(fd, options, {}) {}

LineWriter::LineWriter(int fd) : LineWriter(fd, Options{}) {}

Result<std::unique_ptr<LineWriter>> LineWriter::open(std::string path, Options options) {
  const int fd = open_for_append(path);
  if (fd < 0) return cannot_open(path);
  return std::unique_ptr<LineWriter>(new LineWriter(fd, options, std::move(path)));
}

LineWriter::~LineWriter() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (!path_.empty()) ::close(fd_);
}

bool LineWriter::append(std::string_view line, bool urgent) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() + line.size() > options_.max_buffered) {
      ++dropped_;
      return false;
    }
    const std::size_t before = waiting_.size();
    waiting_ += line;
    ++waiting_lines_;
    ++appended_;
    const std::size_t quarter = options_.max_buffered / 4;
    // Woken once per crossing, not once per line: waking costs a system call.
    wake = before == 0 || (before < quarter && waiting_.size() >= quarter) || (urgent && !urgent_);
    urgent_ = urgent_ || urgent;
  }
  if (wake) wake_.notify_one();
  return true;
}

void LineWriter::flush() {
  std::unique_lock lock(mutex_);
  const std::uint64_t target = appended_;
  urgent_ = true;
  wake_.notify_one();
  written_.wait(lock, [&] { return done_ >= target; });
}

Result<void> LineWriter::reopen() {
  if (path_.empty()) return {};
  const int fresh = open_for_append(path_);
  if (fresh < 0) return cannot_open(path_);
  const std::lock_guard lock(file_mutex_);
  ::close(fd_);
  fd_ = fresh;
  return {};
}

std::uint64_t LineWriter::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void LineWriter::run() {
  std::string lines;  // swapped with waiting_, so that both keep their memory
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return !waiting_.empty() || urgent_ || stopping_; });
    // Something waits: give it company for at most `delay`, so that one write carries many lines.
    wake_.wait_for(lock, options_.delay,
                   [&] { return urgent_ || stopping_ || waiting_.size() >= options_.max_buffered / 4; });
    lines.swap(waiting_);
    const std::uint64_t count = waiting_lines_;
    waiting_lines_ = 0;
    urgent_ = false;
    lock.unlock();
    const bool written = write_out(lines);
    lines.clear();
    lock.lock();
    done_ += count;
    if (!written) dropped_ += count;
    written_.notify_all();
    if (stopping_ && waiting_.empty()) return;
  }
}

bool LineWriter::write_out(std::string_view lines) {
  const std::lock_guard lock(file_mutex_);
  while (!lines.empty()) {
    const ssize_t sent = ::write(fd_, lines.data(), lines.size());
    if (sent >= 0) {
      lines.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {  // a non-blocking pipe or terminal that somebody shares with us
      pollfd waiting{fd_, POLLOUT, 0};
      ::poll(&waiting, 1, 1000);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace ktl::telemetry
