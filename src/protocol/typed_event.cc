// Streams whose events have types: OpenAI Responses and Anthropic messages.
#include "protocol/answer_reader.h"
#include "protocol/event_inspection.h"
#include "protocol/json_cursor.h"

namespace ktl::protocol {
namespace {

// The "response" of a Responses event or the "message" of Anthropic's message_start.
void read_envelope(JsonCursor& in, StreamEvent& facts) {
  if (in.peek() != JsonKind::object) {
    in.skip();
    return;
  }
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("id")) {
      read_raw_string(in, &facts.id);
    } else if (key.is("model")) {
      read_raw_string(in, &facts.model);
    } else if (key.is("usage")) {
      facts.usage = read_usage(in);
    } else {
      in.skip();
    }
  }
}

// Anthropic's deltas: text, thinking or a piece of a tool's input; or the reason to stop.
void read_block_delta(JsonCursor& in, StreamEvent& facts) {
  if (in.peek() != JsonKind::object) {
    in.skip();
    return;
  }
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("text") || key.is("thinking") || key.is("partial_json")) {
      note_text(facts, read_raw_string(in));
    } else if (key.is("stop_reason")) {
      facts.finish_reason = read_raw_string(in);
    } else {
      in.skip();
    }
  }
}

}  // namespace

StreamEvent inspect_response_event(std::string_view data) {
  StreamEvent facts;
  JsonCursor in(data, kEventDepth);
  if (in.peek() != JsonKind::object) return facts;
  std::string_view type;
  std::string_view delta;
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("type")) {
      type = read_raw_string(in);
    } else if (key.is("delta")) {
      delta = read_raw_string(in);
    } else if (key.is("response")) {
      read_envelope(in, facts);
    } else {
      in.skip();
    }
  }
  if (!in.ok() || !in.at_end()) return {};
  if (type.ends_with(".delta")) note_text(facts, delta);
  facts.is_done = type == "response.completed" || type == "response.incomplete" || type == "response.failed";
  if (type == "response.failed" || type == "error" || type.empty()) facts.error = read_engine_error(data);
  if (facts.is_done) facts.finish_reason = type.substr(std::string_view("response.").size());
  return facts;
}

StreamEvent inspect_message_event(std::string_view data) {
  StreamEvent facts;
  JsonCursor in(data, kEventDepth);
  if (in.peek() != JsonKind::object) return facts;
  std::string_view type;
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("type")) {
      type = read_raw_string(in);
    } else if (key.is("delta")) {
      read_block_delta(in, facts);
    } else if (key.is("message")) {
      read_envelope(in, facts);
    } else if (key.is("usage")) {
      facts.usage = read_usage(in);
    } else {
      in.skip();
    }
  }
  if (!in.ok() || !in.at_end()) return {};
  facts.is_done = type == "message_stop";
  if (type == "error" || type.empty()) facts.error = read_engine_error(data);
  return facts;
}

}  // namespace ktl::protocol
