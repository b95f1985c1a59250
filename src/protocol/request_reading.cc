#include "protocol/request_reading.h"

#include <cstring>

namespace ktl::protocol {
namespace {

std::string_view words_for(JsonKind kind) {
  switch (kind) {
    case JsonKind::object:
      return "an object";
    case JsonKind::array:
      return "an array";
    case JsonKind::string:
      return "a string";
    case JsonKind::number:
      return "a number";
    case JsonKind::boolean:
      return "a boolean";
    case JsonKind::null:
      return "null";
    case JsonKind::none:
      break;
  }
  return "";
}

}  // namespace

void ReadingBuffers::clear() {
  messages.clear();
  texts.clear();
  removed.clear();
  pieces.clear();
  arena_.release();
}

bool Reading::refuse(ProblemId id, std::string_view param, std::int64_t number) {
  refused = true;
  problem = {.id = id, .param = std::string(param), .expected = {}, .got = {}, .number = number};
  return false;
}

bool Reading::refuse_type(std::string_view param, std::string_view expected) {
  const JsonKind got = in.peek();
  if (got == JsonKind::none) {  // not JSON at all: that is the bigger fault
    in.skip();
    return false;
  }
  refuse(ProblemId::wrong_type, param);
  problem.expected = expected;
  problem.got = words_for(got);
  return false;
}

bool Reading::refuse_pair(std::string_view param, std::string_view other) {
  refuse(ProblemId::excluded_together, param);
  problem.expected = other;
  return false;
}

bool Reading::within(std::string_view container, std::size_t index) {
  return within(std::string(container) + "[" + std::to_string(index) + "]");
}

bool Reading::within(std::string_view container) {
  if (refused) {
    const bool joint = problem.param.empty() || problem.param.front() == '[';
    problem.param = std::string(container) + (joint ? "" : ".") + problem.param;
  }
  return false;
}

std::string_view Reading::unescaped(const JsonString& string) {
  char* out = buffers.take(string.raw.size());
  return {out, unescape(string, out)};
}

std::string_view Reading::joined_pieces(std::size_t first) {
  auto& pieces = buffers.pieces;
  const std::size_t count = pieces.size() - first;
  std::string_view result;
  if (count == 1) {
    result = text(pieces.back());
  } else if (count > 1) {
    std::size_t room = count - 1;
    for (std::size_t i = first; i < pieces.size(); ++i) room += pieces[i].raw.size();
    char* out = buffers.take(room);
    char* at = out;
    for (std::size_t i = first; i < pieces.size(); ++i) {
      if (i != first) *at++ = ' ';
      if (pieces[i].escaped) {
        at += unescape(pieces[i], at);
      } else {
        std::memcpy(at, pieces[i].raw.data(), pieces[i].raw.size());
        at += pieces[i].raw.size();
      }
    }
    result = {out, static_cast<std::size_t>(at - out)};
  }
  pieces.resize(first);
  return result;
}

bool Reading::read_string(std::string_view param, std::string_view& out) {
  if (in.peek() != JsonKind::string) return refuse_type(param, "a string");
  JsonString string;
  if (!in.read_string(string)) return false;
  out = text(string);
  return true;
}

bool Reading::read_optional_string(std::string_view param, std::string_view& out) {
  if (in.peek() != JsonKind::null) return read_string(param, out);
  out = {};
  return in.read_null();
}

bool Reading::read_optional_bool(std::string_view param, bool& out) {
  out = false;
  if (in.peek() == JsonKind::null) return in.read_null();
  if (in.peek() != JsonKind::boolean) return refuse_type(param, "a boolean");
  return in.read_bool(out);
}

bool Reading::read_optional_integer(std::string_view param, std::int64_t least, std::int64_t most,
                                    std::optional<std::int64_t>& out) {
  out.reset();
  if (in.peek() == JsonKind::null) return in.read_null();
  if (in.peek() != JsonKind::number) return refuse_type(param, "an integer");
  std::string_view number;
  if (!in.read_number(number)) return false;
  if (number.find_first_of(".eE") != std::string_view::npos) {
    refuse(ProblemId::wrong_type, param);
    problem.expected = "an integer";
    problem.got = "a number";
    return false;
  }
  const bool negative = number.front() == '-';
  const auto value = to_integer(number);
  if (value ? *value < least : negative) return refuse(ProblemId::too_small, param, least);
  if (!value || *value > most) return refuse(ProblemId::too_large, param, most);
  out = value;
  return true;
}

bool Reading::read_optional_array(std::string_view param, std::string_view& raw) {
  raw = {};
  if (in.peek() == JsonKind::null) return in.read_null();
  if (in.peek() != JsonKind::array) return refuse_type(param, "an array");
  if (!in.skip(raw)) return false;
  if (raw.find_first_not_of(" \t\r\n", 1) == raw.size() - 1) raw = {};
  return true;
}

std::size_t find_member(const JsonString& key, std::initializer_list<std::string_view> names) {
  std::size_t i = 0;
  for (std::string_view name : names) {
    if (means(key, name)) break;
    ++i;
  }
  return i;
}

}  // namespace ktl::protocol
