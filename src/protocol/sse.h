#pragma once
// Server-sent events (WHATWG HTML, "Parsing an event stream"), cut out of a growing buffer without copying.
//
//   EventSplitter splitter;
//   while (auto event = splitter.next(buffer.view(), consumed)) { …; buffer.drop(consumed) once the event is used }
//
// Lines may end with LF, CRLF or CR. The caller bounds the buffer: an event that never ends makes it grow.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ktl::protocol {

struct SseEvent {
  std::string_view raw;   // all bytes of the event with the blank line that ends it
  std::string_view data;  // of the data lines, joined with LF; a view into raw if there is one data line
  std::string_view name;  // of the last `event:` line, or empty
  bool has_data = false;  // false for comments and keep-alives: pass them on, nothing to look at

  bool data_is_in_raw() const { return data.data() >= raw.data() && data.data() <= raw.data() + raw.size(); }
};

class EventSplitter {
 public:
  // The next whole event in `buffer`, or nullopt if there is none yet. `consumed` is set to the bytes it takes (0 with
  // nullopt). The next call must get a buffer that begins behind them (or, after nullopt, the same bytes and more).
  // Views live until the buffer changes or next() is called again.
  std::optional<SseEvent> next(std::string_view buffer, std::size_t& consumed);

  // At the end of the stream: what is left, as one last event, though no blank line ended it. nullopt if nothing is
  // left.
  std::optional<SseEvent> finish(std::string_view buffer);

 private:
  SseEvent parse(std::string_view raw);

  std::size_t line_begin_ = 0;   // of the line that is being searched for its end
  std::size_t searched_ = 0;     // bytes of the buffer that hold nothing new; never searched twice
  bool at_stream_begin_ = true;  // a byte order mark may stand here
  std::string joined_;
};

}  // namespace ktl::protocol
