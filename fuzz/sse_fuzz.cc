// A stream of server-sent events. First byte: seed of the pieces; the rest is the stream.
//   - however it arrives in pieces, the events are those of the whole
//   - the raw bytes of all events together are the stream
//   - inspecting and rewriting any event does no harm, and rewriting without a wish changes nothing
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "protocol/sse.h"
#include "protocol/stream_event.h"

namespace {

using namespace ktl::protocol;

struct Seen {
  std::string raw;
  std::string data;
  std::string name;
  bool has_data;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen keep(const SseEvent& event) {
  return {std::string(event.raw), std::string(event.data), std::string(event.name), event.has_data};
}

// The stream in pieces of at most `largest` bytes.
std::vector<Seen> split(std::string_view stream, std::uint64_t seed, std::uint64_t largest) {
  ktl::Rng rng(seed);
  EventSplitter splitter;
  std::vector<Seen> events;
  std::size_t begin = 0;
  std::size_t end = 0;
  while (end < stream.size()) {
    end = std::min<std::size_t>(stream.size(), end + 1 + rng.below(largest));
    const std::string buffer(stream.substr(begin, end - begin));  // an exact copy: the sanitizer guards its end
    std::size_t at = 0;
    std::size_t consumed = 0;
    while (const auto event = splitter.next(std::string_view(buffer).substr(at), consumed)) {
      KTL_CHECK(consumed == event->raw.size() && consumed > 0, "an event takes its own bytes");
      events.push_back(keep(*event));
      at += consumed;
    }
    begin += at;
  }
  if (const auto rest = splitter.finish(stream.substr(begin))) events.push_back(keep(*rest));
  return events;
}

void check_event(Endpoint endpoint, std::string_view raw) {
  EventSplitter splitter;
  const auto event = splitter.finish(raw);
  const StreamEvent facts = inspect_event(endpoint, *event);
  KTL_CHECK(facts.model.end() <= event->data.size() && facts.id.end() <= event->data.size() &&
                facts.usage_member.end() <= event->data.size(),
            "places lie within the data");
  std::string same;
  rewrite_event(*event, facts, {}, same);
  KTL_CHECK(same == event->raw, "without a wish an event stays as it is");
  std::string changed;
  rewrite_event(*event, facts, {.model = "alias\n\"x\"", .strip_usage = true, .id_prefix = "chatcmpl-"}, changed);
  EventSplitter again;
  const auto reread = again.finish(changed);
  if (!reread) return;
  KTL_CHECK(reread->name == event->name, "rewriting keeps the name");
  const StreamEvent after = inspect_event(endpoint, *reread);
  KTL_CHECK(after.is_done == facts.is_done && after.has_content == facts.has_content &&
                after.finish_reason == facts.finish_reason && after.error.has_value() == facts.error.has_value(),
            "rewriting keeps the facts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 64 * 1024) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<Seen> whole = split(stream, 1, stream.size() + 1);
  KTL_CHECK(split(stream, data[0], 7) == whole, "pieces do not change the events");
  KTL_CHECK(split(stream, data[0], 1) == whole, "single bytes do not change the events");
  std::string joined;
  for (const Seen& event : whole) joined += event.raw;
  KTL_CHECK(joined == stream, "no byte is lost between events");
  for (const Seen& event : whole) {
    for (const Endpoint endpoint : {Endpoint::chat_completions, Endpoint::responses, Endpoint::messages}) {
      check_event(endpoint, event.raw);
    }
  }
  return 0;
}
