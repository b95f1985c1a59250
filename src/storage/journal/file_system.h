#pragma once
// Port: the two questions to the operating system whose answer may be "no" when a disk is full or broken. Tests answer
// them differently; everything else of the journal uses the system directly.
#include <cstdint>

namespace ktl::storage {

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  // Gives the empty file `fd` `bytes` zero bytes that really have their place on the disk. Returns 0 or errno. May
  // block.
  virtual int allocate(int fd, std::int64_t bytes) = 0;
  // Returns 0 when everything written to `fd` survives a power loss, or errno. May block.
  virtual int sync(int fd) = 0;
};

// The machine's. Stateless and safe from any thread.
class RealFileSystem final : public FileSystem {
 public:
  int allocate(int fd, std::int64_t bytes) override;
  int sync(int fd) override;
};

}  // namespace ktl::storage
