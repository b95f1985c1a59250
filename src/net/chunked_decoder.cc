#include "net/chunked_decoder.h"

#include <algorithm>
#include <cstring>

namespace ktl::net {
namespace {

// Reads "1a;ext=1" -> 26. False on anything else. Extensions may hold any visible text.
bool parse_size_line(std::string_view line, std::uint64_t& size) {
  size = 0;
  std::size_t digits = 0;
  for (; digits < line.size(); ++digits) {
    const char c = line[digits];
    std::uint64_t value = 0;
    if (c >= '0' && c <= '9') value = static_cast<std::uint64_t>(c - '0');
    else if (c >= 'a' && c <= 'f') value = static_cast<std::uint64_t>(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F') value = static_cast<std::uint64_t>(c - 'A' + 10);
    else break;
    if (digits >= 15) return false;
    size = size * 16 + value;
  }
  if (digits == 0) return false;
  std::string_view rest = line.substr(digits);
  while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t')) rest.remove_prefix(1);
  if (!rest.empty() && rest.front() != ';') return false;
  return rest.find_first_of(std::string_view("\r\0", 2)) == std::string_view::npos;
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view in, char* out) {
  Step step;
  const auto rest = [&] { return in.substr(step.consumed); };
  // Takes a CRLF-ended line; false if it is not complete yet (or is broken, which sets the state).
  const auto take_line = [&](std::string_view& line) {
    const std::string_view text = rest();
    const auto newline = text.find('\n');
    if (newline == std::string_view::npos) {
      if (text.size() > kMaxLine) state_ = State::broken;
      return false;
    }
    if (newline == 0 || text[newline - 1] != '\r' || newline > kMaxLine) {
      state_ = State::broken;
      return false;
    }
    line = text.substr(0, newline - 1);
    step.consumed += newline + 1;
    return true;
  };

  for (;;) {
    std::string_view line;
    switch (state_) {
      case State::size:
        if (!take_line(line)) return step;
        if (!parse_size_line(line, left_)) {
          state_ = State::broken;
          return step;
        }
        state_ = left_ == 0 ? State::trailers : State::data;
        break;
      case State::data: {
        const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest().size()));
        if (take > 0) {
          std::memmove(out + step.produced, in.data() + step.consumed, take);
          step.produced += take;
          step.consumed += take;
          left_ -= take;
        }
        if (left_ > 0) return step;
        state_ = State::data_end;
        break;
      }
      case State::data_end: {
        const std::string_view text = rest();
        if (text.empty() || (text.size() == 1 && text[0] == '\r')) return step;
        if (!text.starts_with("\r\n")) {
          state_ = State::broken;
          return step;
        }
        step.consumed += 2;
        state_ = State::size;
        break;
      }
      case State::trailers:
        if (!take_line(line)) return step;
        trailer_bytes_ += line.size() + 2;
        if (line.empty()) {
          state_ = State::finished;
        } else if (trailer_bytes_ > kMaxTrailers) {
          state_ = State::broken;
        }
        break;
      case State::finished:
      case State::broken: return step;
    }
  }
}

}  // namespace ktl::net
