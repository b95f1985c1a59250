#pragma once
// The bytes of one connection that wait to be read, or to be sent: contiguous, in a block that is borrowed only while
// there are bytes. Grows beyond one block for heads or events that need it. 64 readable bytes of slack stand behind the
// capacity.
#include <cstddef>
#include <string_view>

namespace ktl::net {

class ByteBuffer {
 public:
  ByteBuffer() = default;
  ~ByteBuffer();
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;

  std::string_view view() const { return {data_ + begin_, end_ - begin_}; }
  char* begin() { return data_ + begin_; }
  std::size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }

  // Room for at least `wanted` more bytes at tail(); borrows, compacts or grows. Invalidates views.
  void reserve(std::size_t wanted);
  // Room at the tail without moving anything.
  std::size_t room() const { return capacity_ - end_; }
  char* tail() { return data_ + end_; }
  void commit(std::size_t bytes) { end_ += bytes; }
  void consume(std::size_t bytes) { begin_ += bytes; }
  void truncate(std::size_t new_size) { end_ = begin_ + new_size; }
  // Gives the block back if nothing waits.
  void release_if_empty();

 private:
  void give_back() noexcept;

  char* data_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace ktl::net
