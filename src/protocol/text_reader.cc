// Texts to count that are not chats: prompts, inputs, queries, documents, items.
#include "protocol/request_reading.h"

namespace ktl::protocol {
namespace {

// [1, 2, 3], entered; at the first element.
bool count_token_ids(Reading& r) {
  std::size_t index = 0;
  do {
    std::string_view number;
    if (r.in.peek() != JsonKind::number) {
      r.refuse_type("", "an integer");
      return r.within("", index);
    }
    if (!r.in.read_number(number)) return false;
    if (number.find_first_not_of("0123456789") != std::string_view::npos) {
      r.refuse(ProblemId::wrong_type, "");
      r.problem.expected = "an integer";
      r.problem.got = "a number";
      return r.within("", index);
    }
    ++r.view.token_ids;
    ++index;
  } while (r.in.next_element());
  return r.in.ok();
}

// {"text": …, "image": …}
bool read_text_object(Reading& r) {
  enum : std::size_t { kText, kType, kOther };
  SeenMembers seen;
  r.in.enter_object();
  for (JsonString key; r.in.next_member(key);) {
    const std::size_t which = find_member(key, {"text", "type"});
    if (which == kText) {
      if (!seen.first_time(which)) return r.refuse(ProblemId::duplicate_member, "text");
      std::string_view text;
      if (!r.read_optional_string("text", text)) return false;
      if (!text.empty()) r.buffers.texts.push_back(text);
    } else {
      if (which == kOther && r.in.peek() != JsonKind::null) r.view.has_media = true;
      if (!r.in.skip()) return false;
    }
  }
  return r.in.ok();
}

bool read_entry(Reading& r) {
  switch (r.in.peek()) {
    case JsonKind::string: {
      std::string_view text;
      if (!r.read_string("", text)) return false;
      r.buffers.texts.push_back(text);
      return true;
    }
    case JsonKind::object:
      return read_text_object(r);
    case JsonKind::array:
      r.in.enter_array();
      if (r.in.next_element()) return count_token_ids(r);
      return r.in.ok() && r.refuse(ProblemId::empty_array, "");
    default:
      return r.refuse_type("", "a string or an array of integers");
  }
}

}  // namespace

bool read_texts(Reading& r, std::string_view param, std::int64_t& entries) {
  entries = 1;
  if (r.in.peek() == JsonKind::string) {
    std::string_view text;
    if (!r.read_string(param, text)) return false;
    if (text.empty()) return r.refuse(ProblemId::empty_string, param);
    r.buffers.texts.push_back(text);
    return true;
  }
  if (r.in.peek() == JsonKind::null) return r.refuse(ProblemId::missing_member, param);
  if (r.in.peek() != JsonKind::array) return r.refuse_type(param, "a string or an array");
  r.in.enter_array();
  if (!r.in.next_element()) return r.in.ok() && r.refuse(ProblemId::empty_array, param);
  const JsonKind kind = r.in.peek();
  if (kind == JsonKind::number) return count_token_ids(r) || r.within(param);
  std::size_t index = 0;
  do {
    if (r.in.peek() != kind) {
      r.refuse_type("", kind == JsonKind::string ? "a string" : kind == JsonKind::object ? "an object" : "an array");
      return r.within(param, index);
    }
    if (!read_entry(r)) return r.within(param, index);
    ++index;
  } while (r.in.next_element());
  entries = static_cast<std::int64_t>(index);
  return r.in.ok();
}

}  // namespace ktl::protocol
