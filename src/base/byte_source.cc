#include "base/byte_source.h"

#include <ios>

namespace ktl {

bool MemorySource::read(char* to, std::size_t size) {
  if (size > rest_.size()) return false;
  rest_.copy(to, size);
  rest_.remove_prefix(size);
  return true;
}

FileSource::FileSource(const std::string& path) : in_(path, std::ios::binary | std::ios::ate) {
  const std::streamoff size = in_.tellg();
  if (size > 0 && in_.seekg(0)) left_ = static_cast<std::size_t>(size);
}

bool FileSource::read(char* to, std::size_t size) {
  if (size > left_) return false;
  left_ -= size;
  return static_cast<bool>(in_.read(to, static_cast<std::streamsize>(size)));
}

}  // namespace ktl
