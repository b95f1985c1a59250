#include "net/task.h"

#include <array>
#include <cstdlib>
#include <new>

namespace ktl::net::detail {
namespace {

// Free lists of coroutine frames by size class. A frame is freed on the thread that made it, because a coroutine lives
// on one loop.
constexpr std::size_t kClassBytes = 64;
constexpr std::size_t kClasses = 64;  // up to 4 kB
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kKeepPerClass = 0;  // a frame that is used after its end must be found
#else
constexpr std::size_t kKeepPerClass = 256;
#endif

struct FreeFrame {
  FreeFrame* next;
};

struct FrameCache {
  std::array<FreeFrame*, kClasses> head{};
  std::array<std::size_t, kClasses> count{};
  ~FrameCache() {
    for (FreeFrame* frame : head)
      while (frame != nullptr) {
        FreeFrame* next = frame->next;
        std::free(frame);
        frame = next;
      }
  }
};

thread_local FrameCache cache;

constexpr std::size_t class_of(std::size_t bytes) { return (bytes + kClassBytes - 1) / kClassBytes; }

}  // namespace

void* allocate_frame(std::size_t bytes) {
  const std::size_t size_class = class_of(bytes);
  if (size_class < kClasses && cache.head[size_class] != nullptr) {
    FreeFrame* frame = cache.head[size_class];
    cache.head[size_class] = frame->next;
    --cache.count[size_class];
    return frame;
  }
  void* frame = std::malloc(size_class * kClassBytes);
  if (frame == nullptr) throw std::bad_alloc();
  return frame;
}

void free_frame(void* frame, std::size_t bytes) noexcept {
  const std::size_t size_class = class_of(bytes);
  if (size_class < kClasses && cache.count[size_class] < kKeepPerClass) {
    auto* free_frame = static_cast<FreeFrame*>(frame);
    free_frame->next = cache.head[size_class];
    cache.head[size_class] = free_frame;
    ++cache.count[size_class];
    return;
  }
  std::free(frame);
}

}  // namespace ktl::net::detail
