// Chats: the messages of chat completions, Anthropic messages and tokenize, and the items of responses.
#include "protocol/request_reading.h"

namespace ktl::protocol {
namespace {

bool read_pieces(Reading& r, std::string_view param);

// One content part. Its text goes to buffers.pieces; what is not text sets has_media.
bool read_part(Reading& r) {
  if (r.in.peek() != JsonKind::object) return r.refuse_type("", "an object");
  enum : std::size_t { kType, kText, kRefusal, kThinking, kInput, kContent };
  SeenMembers seen;
  std::string_view type;
  r.in.enter_object();
  for (JsonString key; r.in.next_member(key);) {
    const std::size_t which = find_member(key, {"type", "text", "refusal", "thinking", "input", "content"});
    if (which <= kContent && !seen.first_time(which)) return r.refuse(ProblemId::duplicate_member, r.text(key));
    if (which == kType) {
      if (!r.read_string("type", type)) return false;
    } else if (which <= kThinking) {
      JsonString piece;
      if (r.in.peek() == JsonKind::null) {
        if (!r.in.read_null()) return false;
        continue;
      }
      if (r.in.peek() != JsonKind::string) return r.refuse_type(r.text(key), "a string");
      if (!r.in.read_string(piece)) return false;
      r.buffers.pieces.push_back(piece);
    } else if (which == kInput) {
      JsonString piece;
      if (!r.in.skip(piece.raw)) return false;
      r.buffers.pieces.push_back(piece);
    } else if (which == kContent) {
      if (!read_pieces(r, "content")) return false;
    } else if (!r.in.skip()) {
      return false;
    }
  }
  if (!r.in.ok()) return false;
  if (!seen.has(kType)) return r.refuse(ProblemId::missing_member, "type");
  if (type == "text" || type == "input_text" || type == "output_text") {
    return seen.has(kText) || r.refuse(ProblemId::missing_member, "text");
  }
  const bool known = type == "refusal" || type == "thinking" || type == "tool_use" || type == "tool_result";
  if (!known) r.view.has_media = true;
  return true;
}

bool read_pieces(Reading& r, std::string_view param) {
  switch (r.in.peek()) {
    case JsonKind::null:
      return r.in.read_null();
    case JsonKind::string: {
      JsonString piece;
      if (!r.in.read_string(piece)) return false;
      r.buffers.pieces.push_back(piece);
      return true;
    }
    case JsonKind::array: {
      std::size_t index = 0;
      r.in.enter_array();
      for (; r.in.next_element(); ++index) {
        if (!read_part(r)) return r.within(param, index);
      }
      return r.in.ok();
    }
    default:
      return r.refuse_type(param, "a string or an array");
  }
}

// The array of `param`, not empty, each element read by `read_one`.
template <class ReadOne>
bool read_list(Reading& r, std::string_view param, ReadOne read_one) {
  if (r.in.peek() == JsonKind::null) return r.refuse(ProblemId::missing_member, param);
  if (r.in.peek() != JsonKind::array) return r.refuse_type(param, "an array");
  std::size_t index = 0;
  r.in.enter_array();
  for (; r.in.next_element(); ++index) {
    if (!read_one(r)) return r.within(param, index);
  }
  if (!r.in.ok()) return false;
  return index != 0 || r.refuse(ProblemId::empty_array, param);
}

bool read_message(Reading& r) {
  if (r.in.peek() != JsonKind::object) return r.refuse_type("", "an object");
  enum : std::size_t { kRole, kContent, kToolCalls, kFunctionCall, kReasoning, kOther };
  SeenMembers seen;
  Message message;
  std::string_view function_call;
  r.in.enter_object();
  for (JsonString key; r.in.next_member(key);) {
    const std::size_t which =
        find_member(key, {"role", "content", "tool_calls", "function_call", "reasoning_content"});
    if (which != kOther && !seen.first_time(which)) return r.refuse(ProblemId::duplicate_member, r.text(key));
    bool sound = true;
    switch (which) {
      case kRole:
        sound = r.read_string("role", message.role);
        break;
      case kContent:
        sound = read_content(r, "content", message.content);
        break;
      case kToolCalls:
        sound = r.read_optional_array("tool_calls", message.tool_calls_json);
        break;
      case kFunctionCall:
        sound = r.in.peek() == JsonKind::null ? r.in.read_null() : r.in.skip(function_call);
        break;
      case kReasoning:
        if (r.in.peek() == JsonKind::string)
          sound = r.read_string("reasoning_content", message.reasoning_content.emplace());
        else
          sound = r.in.skip();
        break;
      default:
        sound = r.in.skip();
    }
    if (!sound) return false;
  }
  if (!r.in.ok()) return false;
  if (!seen.has(kRole)) return r.refuse(ProblemId::missing_member, "role");
  if (message.tool_calls_json.empty()) message.tool_calls_json = function_call;
  r.buffers.messages.push_back(message);
  return true;
}

// A message, or a step of an earlier answer: a function call, its output, reasoning.
bool read_item(Reading& r) {
  if (r.in.peek() != JsonKind::object) return r.refuse_type("", "an object");
  enum : std::size_t { kType, kRole, kContent, kOutput, kArguments, kSummary, kOther };
  SeenMembers seen;
  Message message;
  std::string_view type = "message";
  const std::size_t first_piece = r.buffers.pieces.size();
  r.in.enter_object();
  for (JsonString key; r.in.next_member(key);) {
    const std::size_t which = find_member(key, {"type", "role", "content", "output", "arguments", "summary"});
    if (which != kOther && !seen.first_time(which)) return r.refuse(ProblemId::duplicate_member, r.text(key));
    bool sound = true;
    switch (which) {
      case kType:
        sound = r.read_string("type", type);
        break;
      case kRole:
        sound = r.read_string("role", message.role);
        break;
      case kContent:
      case kOutput:
      case kArguments:
      case kSummary:
        sound = read_pieces(r, r.text(key));
        break;
      default:
        sound = r.in.skip();
    }
    if (!sound) return false;
  }
  if (!r.in.ok()) return false;
  message.content = r.joined_pieces(first_piece);
  if (type == "message") {
    if (!seen.has(kRole)) return r.refuse(ProblemId::missing_member, "role");
  } else if (type == "function_call_output") {
    message.role = "tool";
  } else if (type == "function_call" || type == "reasoning") {
    message.role = "assistant";
  } else {
    message.role = "user";
    r.view.has_media = true;
  }
  r.buffers.messages.push_back(message);
  return true;
}

}  // namespace

bool read_content(Reading& r, std::string_view param, std::string_view& out) {
  const std::size_t first_piece = r.buffers.pieces.size();
  if (!read_pieces(r, param)) return false;
  out = r.joined_pieces(first_piece);
  return true;
}

bool read_messages(Reading& r) {
  return read_list(r, "messages", read_message);
}

bool read_response_input(Reading& r) {
  if (r.in.peek() != JsonKind::string) return read_list(r, "input", read_item);
  Message message{.role = "user", .content = {}, .tool_calls_json = {}};
  if (!r.read_string("input", message.content)) return false;
  if (message.content.empty()) return r.refuse(ProblemId::empty_string, "input");
  r.buffers.messages.push_back(message);
  return true;
}

}  // namespace ktl::protocol
