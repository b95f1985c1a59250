#include "storage/journal/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ktl::storage {

Result<FileLock> FileLock::take(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return fail(ErrorCode::io, ErrorSource::storage, fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  }
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) {
    return fail(ErrorCode::io, ErrorSource::storage, fmt::format("cannot lock {}: {}", path, std::strerror(errno)));
  }
  return fail(ErrorCode::conflict, ErrorSource::storage,
              fmt::format("another gateway holds {}: one gateway per database file", path));
}

FileLock::~FileLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace ktl::storage
