#include "net/byte_buffer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "net/block_pool.h"

namespace ktl::net {

ByteBuffer::~ByteBuffer() {
  give_back();
}

void ByteBuffer::give_back() noexcept {
  if (data_ == nullptr) return;
  if (capacity_ == kBlockBytes) {
    give_block(data_);
  } else {
    std::free(data_);
  }
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
}

void ByteBuffer::reserve(std::size_t wanted) {
  if (data_ == nullptr && wanted <= kBlockBytes) {
    data_ = take_block();
    capacity_ = kBlockBytes;
    return;
  }
  if (room() >= wanted) return;
  const std::size_t held = size();
  if (begin_ > 0 && capacity_ - held >= wanted) {
    std::memmove(data_, data_ + begin_, held);
  } else {
    const std::size_t capacity = std::max(capacity_ * 2, held + wanted);
    auto* bigger = static_cast<char*>(std::calloc(1, capacity + kBlockSlack));
    if (bigger == nullptr) throw std::bad_alloc();
    if (held > 0) std::memcpy(bigger, data_ + begin_, held);
    give_back();
    data_ = bigger;
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = held;
}

void ByteBuffer::release_if_empty() {
  if (empty()) give_back();
}

}  // namespace ktl::net
