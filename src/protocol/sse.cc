#include "protocol/sse.h"

#include <algorithm>
#include <cstring>

namespace ktl::protocol {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The first LF or CR at or behind `from`, or npos. Lines mostly end with LF: search that first.
std::size_t find_line_end(std::string_view text, std::size_t from) {
  const auto* lf = static_cast<const char*>(std::memchr(text.data() + from, '\n', text.size() - from));
  const std::size_t end = lf == nullptr ? text.size() : static_cast<std::size_t>(lf - text.data());
  const auto* cr = static_cast<const char*>(std::memchr(text.data() + from, '\r', end - from));
  if (cr != nullptr) return static_cast<std::size_t>(cr - text.data());
  return lf == nullptr ? std::string_view::npos : end;
}

}  // namespace

std::optional<SseEvent> EventSplitter::next(std::string_view buffer, std::size_t& consumed) {
  consumed = 0;
  while (searched_ < buffer.size()) {
    const std::size_t line_end = find_line_end(buffer, searched_);
    if (line_end == std::string_view::npos) {
      searched_ = buffer.size();
      break;
    }
    std::size_t next_line = line_end + 1;
    if (buffer[line_end] == '\r') {
      if (next_line == buffer.size()) {  // an LF may follow
        searched_ = line_end;
        break;
      }
      if (buffer[next_line] == '\n') ++next_line;
    }
    const bool blank = line_end == line_begin_;
    line_begin_ = searched_ = next_line;
    if (blank) {
      consumed = next_line;
      line_begin_ = searched_ = 0;
      return parse(buffer.substr(0, consumed));
    }
  }
  return std::nullopt;
}

std::optional<SseEvent> EventSplitter::finish(std::string_view buffer) {
  line_begin_ = searched_ = 0;
  if (buffer.empty()) return std::nullopt;
  return parse(buffer);
}

SseEvent EventSplitter::parse(std::string_view raw) {
  SseEvent event;
  event.raw = raw;
  std::size_t at = 0;
  if (at_stream_begin_ && raw.starts_with(kByteOrderMark)) at = kByteOrderMark.size();
  at_stream_begin_ = false;
  int data_lines = 0;
  while (at < raw.size()) {
    const std::size_t line_end = std::min(find_line_end(raw, at), raw.size());
    const std::string_view line = raw.substr(at, line_end - at);
    at = line_end + 1;
    if (line_end + 1 < raw.size() && raw[line_end] == '\r' && raw[line_end + 1] == '\n') ++at;
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (field == "data") {
      if (++data_lines == 1) {
        event.data = value;
      } else {
        if (data_lines == 2) joined_ = event.data;
        joined_ += '\n';
        joined_ += value;
      }
    } else if (field == "event") {
      event.name = value;
    }
  }
  event.has_data = data_lines != 0;
  if (data_lines > 1) event.data = joined_;
  return event;
}

}  // namespace ktl::protocol
