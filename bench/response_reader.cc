#include "bench/response_reader.h"

#include <algorithm>
#include <charconv>

namespace ktl::bench {
namespace {

// The value of a header, its name given in lower case with the colon; "" if it is not there.
std::string header_value(std::string_view head, std::string_view name) {
  std::size_t at = head.find("\r\n");
  while (at != std::string_view::npos && at + 2 < head.size()) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    std::string lower(line);
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
    if (lower.starts_with(name)) {
      lower.erase(0, name.size());
      lower.erase(0, lower.find_first_not_of(' '));
      return lower;
    }
    at = head.find("\r\n", at + 2);
  }
  return "";
}

}  // namespace

void ResponseReader::restart() {
  const OnStamp callback = on_stamp_;
  void* const context = context_;
  head_.clear();
  line_.clear();
  size_text_.clear();
  state_ = State::head;
  left_ = 0;
  status_ = stamps_ = 0;
  is_stream_ = saw_done_ = saw_usage_ = broken_ = false;
  keep_alive_ = true;
  on_stamp(callback, context);
}

void ResponseReader::parse_head(std::string_view head) {
  if (head.size() < 12 || !head.starts_with("HTTP/1.")) {
    broken_ = true;
    return;
  }
  std::from_chars(head.data() + 9, head.data() + 12, status_);
  is_stream_ = header_value(head, "content-type:").starts_with("text/event-stream");
  keep_alive_ = header_value(head, "connection:") != "close";
  if (header_value(head, "transfer-encoding:") == "chunked") {
    state_ = State::chunk_size;
    return;
  }
  const std::string length = header_value(head, "content-length:");
  std::from_chars(length.data(), length.data() + length.size(), left_);
  state_ = left_ > 0 ? State::fixed : State::complete;
}

bool ResponseReader::feed(std::string_view data) {
  while (!data.empty() && state_ != State::complete && !broken_) {
    switch (state_) {
      case State::head: {
        const std::size_t before = head_.size();
        head_ += data;
        const std::size_t end = head_.find("\r\n\r\n", before > 3 ? before - 3 : 0);
        if (end == std::string::npos) return false;
        data.remove_prefix(end + 4 - before);
        parse_head(std::string_view(head_).substr(0, end + 2));
        break;
      }
      case State::fixed:
      case State::chunk_data: {
        const std::size_t taken = std::min<std::uint64_t>(left_, data.size());
        take_body(data.substr(0, taken));
        data.remove_prefix(taken);
        left_ -= taken;
        if (left_ == 0) state_ = state_ == State::fixed ? State::complete : State::chunk_end;
        break;
      }
      case State::chunk_size:
      case State::chunk_end:
      case State::trailer: {
        const std::size_t end = data.find('\n');
        size_text_ += data.substr(0, end);
        if (end == std::string_view::npos) return false;
        data.remove_prefix(end + 1);
        if (state_ == State::chunk_end) {
          state_ = State::chunk_size;
        } else if (state_ == State::trailer) {
          if (size_text_ == "\r") state_ = State::complete;
        } else {
          const auto result = std::from_chars(size_text_.data(), size_text_.data() + size_text_.size(), left_, 16);
          broken_ = result.ec != std::errc();
          state_ = left_ == 0 ? State::trailer : State::chunk_data;
        }
        size_text_.clear();
        break;
      }
      case State::complete:
        break;
    }
  }
  return state_ == State::complete;
}

void ResponseReader::take_body(std::string_view data) {
  if (!is_stream_) return;
  for (;;) {
    const std::size_t end = data.find('\n');
    if (end == std::string_view::npos) {
      line_ += data;
      return;
    }
    if (line_.empty()) {
      take_line(data.substr(0, end));
    } else {
      line_ += data.substr(0, end);
      take_line(line_);
      line_.clear();
    }
    data.remove_prefix(end + 1);
  }
}

void ResponseReader::take_line(std::string_view line) {
  if (line == "data: [DONE]") saw_done_ = true;
  const std::size_t mark = line.find(kStampMark);
  if (mark == std::string_view::npos) {
    saw_usage_ = saw_usage_ || line.find("\"usage\":{") != std::string_view::npos;
    return;
  }
  ++stamps_;
  std::int64_t sent = 0;
  const std::string_view digits = line.substr(mark + kStampMark.size(), kStampDigits);
  std::from_chars(digits.data(), digits.data() + digits.size(), sent);
  if (on_stamp_ != nullptr) on_stamp_(context_, sent);
}

}  // namespace ktl::bench
