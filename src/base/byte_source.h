#pragma once
// Bytes that are read once and in order, straight to where they stay: of a file, or of memory. Not thread-safe.
#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>

namespace ktl {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::size_t left() const = 0;  // bytes
  // The next `size` bytes; false if there are not so many, or they cannot be read.
  virtual bool read(char* to, std::size_t size) = 0;
};

// `bytes` must outlive it.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : rest_(bytes) {}
  std::size_t left() const override { return rest_.size(); }
  bool read(char* to, std::size_t size) override;

 private:
  std::string_view rest_;
};

// A file that cannot be opened has no bytes.
class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::string& path);
  std::size_t left() const override { return left_; }
  bool read(char* to, std::size_t size) override;

 private:
  std::ifstream in_;
  std::size_t left_ = 0;
};

}  // namespace ktl
