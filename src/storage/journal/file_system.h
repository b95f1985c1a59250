#pragma once
// Port: what the journal asks of the operating system and may be answered "no" to, when a disk is full, broken or
// read-only. Tests answer differently, and simulate power losses: only what was synced is safe, names included.
#include <cstdint>
#include <string>

#include "base/result.h"

namespace ktl::storage {

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Creates the file, or empties it. The descriptor (the caller closes it), or -errno.
  virtual int create(const std::string& path) = 0;
  // Gives the empty file `fd` `bytes` zero bytes that really have their place on the disk. Returns 0 or errno. May
  // block.
  virtual int allocate(int fd, std::int64_t bytes) = 0;
  // Returns 0 when everything written to `fd` survives a power loss, or errno. May block.
  virtual int sync(int fd) = 0;
  // 0 or errno. The new name survives a power loss after sync_directory; until then either may be there, or both.
  virtual int rename(const std::string& from, const std::string& to) = 0;
  // 0 or errno. Without sync_directory a power loss may bring the file back.
  virtual int remove(const std::string& path) = 0;
  // 0 (also if it is there already) or errno. As all names, it needs a sync_directory of its parent.
  virtual int make_directory(const std::string& path) = 0;
  // 0 when all names that were created, renamed or removed in the folder survive a power loss, or errno. May block.
  virtual int sync_directory(const std::string& path) = 0;
};

// The machine's. Stateless and safe from any thread.
class RealFileSystem : public FileSystem {
 public:
  int create(const std::string& path) override;
  int allocate(int fd, std::int64_t bytes) override;
  int sync(int fd) override;
  int rename(const std::string& from, const std::string& to) override;
  int remove(const std::string& path) override;
  int make_directory(const std::string& path) override;
  int sync_directory(const std::string& path) override;
};

// Creates the folder and those above it that are missing; when it returns, all of them survive a power loss.
Result<void> make_directories(const std::string& path, FileSystem& files);

}  // namespace ktl::storage
