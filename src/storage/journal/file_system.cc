#include "storage/journal/file_system.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace ktl::storage {

// Zeros are written and not only promised: a later sync of a record then moves data alone, no file-system metadata.
// They are written in small pieces, because the page cache keeps a file in units as large as it was written, and the first
// store into a mapped page costs the kernel a walk over all blocks of its unit (ext4: 4.4 us with pieces of 1 MiB, 1.3 us
// with these).
int RealFileSystem::allocate(int fd, std::int64_t bytes) {
  if (const int error = ::posix_fallocate(fd, 0, bytes); error != 0) return error;
  constexpr std::int64_t kPiece = 16 * 1024;
  static constexpr std::array<char, kPiece> zeros{};
  for (std::int64_t at = 0; at < bytes;) {
    const auto part = static_cast<std::size_t>(std::min(bytes - at, kPiece));
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
