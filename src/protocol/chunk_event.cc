// Chunks of chat completions and completions.
#include <utility>

#include "protocol/answer_reader.h"
#include "protocol/event_inspection.h"
#include "protocol/json_cursor.h"

namespace ktl::protocol {
namespace {

// A tool call counts as output as soon as there is one: [], {} and null are none.
void note_structure(JsonCursor& in, StreamEvent& facts) {
  std::string_view raw;
  const JsonKind kind = in.peek();
  if (!in.skip(raw) || raw.size() < 3) return;
  if (kind == JsonKind::array || kind == JsonKind::object) facts.has_content = true;
}

// The delta of a chat choice.
void read_delta(JsonCursor& in, StreamEvent& facts) {
  if (in.peek() != JsonKind::object) {
    in.skip();
    return;
  }
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("content") || key.is("reasoning_content") || key.is("reasoning") || key.is("refusal")) {
      note_text(facts, read_raw_string(in));
    } else if (key.is("tool_calls") || key.is("function_call")) {
      note_structure(in, facts);
    } else {
      in.skip();
    }
  }
}

// choices: [{…}, …]; says whether it is an empty array.
bool read_choices(JsonCursor& in, StreamEvent& facts) {
  if (in.peek() != JsonKind::array) {
    in.skip();
    return false;
  }
  in.enter_array();
  while (in.next_element()) {
    facts.has_choices = true;
    if (in.peek() != JsonKind::object) {
      in.skip();
      continue;
    }
    in.enter_object();
    for (JsonString key; in.next_member(key);) {
      if (key.is("delta")) {
        read_delta(in, facts);
      } else if (key.is("text")) {
        note_text(facts, read_raw_string(in));
      } else if (key.is("finish_reason")) {
        const std::string_view reason = read_raw_string(in);
        if (facts.finish_reason.empty()) facts.finish_reason = reason;
      } else {
        in.skip();
      }
    }
  }
  return !facts.has_choices;
}

}  // namespace

StreamEvent inspect_chunk(std::string_view data) {
  StreamEvent facts;
  JsonCursor in(data, kEventDepth);
  if (in.peek() != JsonKind::object) return facts;
  in.enter_object();
  std::size_t previous_end = in.offset();
  bool first = true;
  bool usage_first = false;  // then it takes along the comma behind it, not the one before it
  bool no_choices = false;
  bool may_be_error = false;
  for (JsonString key; in.next_member(key);) {
    const std::size_t key_begin = in.offset_of(key.raw) - 1;
    if (std::exchange(usage_first, false)) facts.usage_member.length = key_begin - facts.usage_member.offset;
    if (key.is("choices")) {
      no_choices = read_choices(in, facts);
    } else if (key.is("usage")) {
      const std::size_t begin = first ? key_begin : previous_end;
      usage_first = first;
      facts.usage = read_usage(in);
      facts.usage_member = {begin, in.offset() - begin};
    } else if (key.is("model")) {
      read_raw_string(in, &facts.model);
    } else if (key.is("id")) {
      read_raw_string(in, &facts.id);
    } else {
      may_be_error = may_be_error || key.is("error") || key.is("detail") || key.is("message");
      in.skip();
    }
    first = false;
    previous_end = in.offset();
  }
  if (!in.ok() || !in.at_end()) return {};
  if (may_be_error && !facts.has_choices) facts.error = read_engine_error(data);
  facts.usage_only = no_choices && facts.usage.has_value();
  return facts;
}

}  // namespace ktl::protocol
