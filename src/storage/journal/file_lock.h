#pragma once
// One gateway per file: an advisory lock (flock) on a small file beside the database, held for the owner's life and
// given back by the kernel whatever becomes of the process.
#include <string>
#include <utility>

#include "base/result.h"

namespace ktl::storage {

class FileLock {
 public:
  // conflict: somebody else holds it. Creates the file; does not wait.
  static Result<FileLock> take(const std::string& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace ktl::storage
