#include "protocol/sse.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ktl::protocol {
namespace {

struct Seen {
  std::string raw, data, name;
  bool has_data = false;
  friend bool operator==(const Seen&, const Seen&) = default;
};

// All events when the stream arrives in pieces of `piece` bytes; the buffer drops what was consumed.
std::vector<Seen> split(std::string_view stream, std::size_t piece) {
  EventSplitter splitter;
  std::vector<Seen> events;
  std::string buffer;
  const auto keep = [&events](const SseEvent& e) {
    events.push_back({std::string(e.raw), std::string(e.data), std::string(e.name), e.has_data});
  };
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    buffer += stream.substr(at, piece);
    std::size_t consumed = 0;
    while (const auto event = splitter.next(buffer, consumed)) {
      keep(*event);
      buffer.erase(0, consumed);
    }
  }
  if (const auto event = splitter.finish(buffer)) keep(*event);
  return events;
}

TEST(EventSplitter, CutsAtBlankLines) {
  const auto events = split("data: {\"a\":1}\n\ndata: [DONE]\n\n", 1000);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].raw, "data: {\"a\":1}\n\n");
  EXPECT_EQ(events[0].data, "{\"a\":1}");
  EXPECT_EQ(events[1].data, "[DONE]");
}

TEST(EventSplitter, PiecesOfAnySizeGiveTheSameEvents) {
  const std::string stream =
      ": hello\n\nevent: a\ndata: 하나\ndata: 둘\n\r\n\ndata:x\r\n\r\ndata\n\nid: 1\rdata:  y\r\rretry: 5\n\ndata: "
      "tail";
  const auto whole = split(stream, stream.size());
  for (std::size_t piece = 1; piece < stream.size(); ++piece) EXPECT_EQ(split(stream, piece), whole) << piece;
}

TEST(EventSplitter, TakesEveryKindOfLineEnd) {
  const auto events = split("data: a\r\n\r\ndata: b\r\rdata: c\n\n", 1000);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].raw, "data: a\r\n\r\n");
  EXPECT_EQ(events[1].data, "b");
  EXPECT_EQ(events[2].data, "c");
}

TEST(EventSplitter, JoinsSeveralDataLines) {
  const auto events = split("data: a\ndata:\ndata: b\n\n", 1000);
  EXPECT_EQ(events.at(0).data, "a\n\nb");
}

TEST(EventSplitter, ReadsTheEventName) {
  const auto events = split("event: message_stop\ndata: {}\n\n", 1000);
  EXPECT_EQ(events.at(0).name, "message_stop");
}

TEST(EventSplitter, CommentsHaveNoData) {
  const auto events = split(": ping\n\n", 1000);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_FALSE(events[0].has_data);
  EXPECT_EQ(events[0].raw, ": ping\n\n");
}

TEST(EventSplitter, AnEmptyDataLineIsData) {
  EXPECT_TRUE(split("data\n\n", 1000).at(0).has_data);
  EXPECT_EQ(split("data:\n\n", 1000).at(0).data, "");
}

TEST(EventSplitter, TakesOneBlankOffTheValue) {
  EXPECT_EQ(split("data:  x \n\n", 1000).at(0).data, " x ");
}

TEST(EventSplitter, PassesOverAByteOrderMarkAtTheBegin) {
  EXPECT_EQ(split("\xEF\xBB\xBF"
                  "data: x\n\n",
                  1000)
                .at(0)
                .data,
            "x");
}

TEST(EventSplitter, DoesNotCopyASingleDataLine) {
  EventSplitter splitter;
  const std::string buffer = "data: {}\n\n";
  std::size_t consumed = 0;
  const auto event = splitter.next(buffer, consumed);
  ASSERT_TRUE(event);
  EXPECT_TRUE(event->data_is_in_raw());
  EXPECT_EQ(event->data.data(), buffer.data() + 6);
}

TEST(EventSplitter, WaitsForTheEndOfAnEvent) {
  EventSplitter splitter;
  std::size_t consumed = 99;
  EXPECT_FALSE(splitter.next("data: x\n", consumed));
  EXPECT_EQ(consumed, 0u);
  EXPECT_TRUE(splitter.next("data: x\n\n", consumed));
  EXPECT_EQ(consumed, 9u);
  EXPECT_FALSE(splitter.next("", consumed));
}

}  // namespace
}  // namespace ktl::protocol
