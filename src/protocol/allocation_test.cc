// The path of every request and every event takes no memory from the heap once its buffers have warmed up.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "protocol/body_edit.h"
#include "protocol/request_inspector.h"
#include "protocol/stream_event.h"

namespace {
std::size_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  if (void* block = std::malloc(size == 0 ? 1 : size)) return block;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) {
  return counted(size);
}
void* operator new[](std::size_t size) {
  return counted(size);
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  std::free(block);
}

namespace ktl::protocol {
namespace {

template <class Work>
std::size_t allocations_of(Work work) {
  for (int i = 0; i < 3; ++i) work();  // warm up
  const std::size_t before = allocations;
  work();
  return allocations - before;
}

TEST(Allocations, TheCounterCounts) {
  EXPECT_GT(allocations_of([] { delete new std::string(100, 'x'); }), 0u);
}

TEST(Allocations, InspectingAndEditingTakeNone) {
  const std::string body =
      R"({"mod\u0065l":"alias","messages":[{"role":"system","content":"\uc548\ub155"},{"role":"user","content":[)"
      R"({"type":"text","text":"하나"},{"type":"text","text":"둘\n"}]}],"rid":"x","priority":1,"stream":true})";
  RequestInspector inspector;
  EditedBody out;
  bool sound = true;
  EXPECT_EQ(allocations_of([&] {
              const Inspection view = inspector.inspect(Endpoint::chat_completions, body);
              sound = sound && view.has_value();
              const EditPlan plan{.model = "served",
                                  .inject_max_tokens = 1024,
                                  .rid = "0123456789abcdef0123456789abcdef",
                                  .force_usage = true,
                                  .continuous = true};
              edit(*view, body, plan, out);
            }),
            0u);
  EXPECT_TRUE(sound);
}

TEST(Allocations, EventsTakeNone) {
  const std::string stream =
      R"(data: {"id":"9f1c","object":"chat.completion.chunk","created":1,"model":"qwen","choices":[{"index":0,"delta":)"
      R"({"content":"안녕"},"finish_reason":null}],"usage":{"prompt_tokens":30,"completion_tokens":1}})"
      "\n\n";
  EventSplitter splitter;
  std::string out;
  bool sound = true;
  EXPECT_EQ(allocations_of([&] {
              std::size_t consumed = 0;
              const auto event = splitter.next(stream, consumed);
              const StreamEvent facts = inspect_event(Endpoint::chat_completions, *event);
              sound = sound && facts.has_content && facts.usage.has_value();
              out.clear();
              rewrite_event(*event, facts,
                            {.model = "alias-that-is-long", .strip_usage = true, .id_prefix = "chatcmpl-"}, out);
            }),
            0u);
  EXPECT_TRUE(sound);
}

}  // namespace
}  // namespace ktl::protocol
