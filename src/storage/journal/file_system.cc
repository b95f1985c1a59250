#include "storage/journal/file_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace ktl::storage {

// Zeros are written and not only promised: a later sync of a record then moves data alone, no file-system metadata.
int RealFileSystem::allocate(int fd, std::int64_t bytes) {
  if (const int error = ::posix_fallocate(fd, 0, bytes); error != 0) return error;
  const std::vector<char> zeros(static_cast<std::size_t>(std::min<std::int64_t>(bytes, 1 << 20)));
  for (std::int64_t at = 0; at < bytes;) {
    const auto part = static_cast<std::size_t>(std::min<std::int64_t>(bytes - at, 1 << 20));
    const ssize_t written = ::pwrite(fd, zeros.data(), part, at);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    at += written;
  }
  return 0;
}

int RealFileSystem::sync(int fd) {
  return ::fdatasync(fd) == 0 ? 0 : errno;
}

}  // namespace ktl::storage
