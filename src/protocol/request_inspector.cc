#include "protocol/request_inspector.h"

#include <algorithm>

#include "protocol/governed_members.h"
#include "protocol/request_reading.h"
#include "protocol/utf8.h"

namespace ktl::protocol {
namespace {

constexpr std::int64_t kMostTokens = 2'147'483'647;
constexpr std::int64_t kMostChoices = 128;

Span span_since(const JsonCursor& in, std::size_t begin) {
  return {begin, in.offset() - begin};
}

bool read_stream_options(Reading& r) {
  auto& at = r.view.positions;
  const std::size_t begin = r.in.offset();
  if (r.in.peek() == JsonKind::null) {
    if (!r.in.read_null()) return false;
    at.stream_options = span_since(r.in, begin);
    return true;
  }
  if (r.in.peek() != JsonKind::object) return r.refuse_type("stream_options", "an object");
  r.in.enter_object();
  at.stream_options_is_object = true;
  at.stream_options_inside = r.in.offset();
  r.view.has_stream_options = true;
  for (JsonString key; r.in.next_member(key); ++at.stream_options_members) {
    const std::size_t which = find_member(key, {"include_usage", "continuous_usage_stats"});
    if (which == 2) {
      if (!r.in.skip()) return false;
      continue;
    }
    Span& place = which == 0 ? at.include_usage : at.continuous_usage;
    if (!place.empty()) return r.refuse(ProblemId::duplicate_member, r.text(key)) || r.within("stream_options");
    const std::size_t value = r.in.offset();
    bool& flag = which == 0 ? r.view.include_usage : r.view.continuous_usage;
    if (!r.read_optional_bool(which == 0 ? "include_usage" : "continuous_usage_stats", flag)) {
      return r.within("stream_options");
    }
    place = span_since(r.in, value);
  }
  at.stream_options = span_since(r.in, begin);
  return r.in.ok();
}

bool refuse_unless_null(Reading& r, std::string_view param) {
  if (r.in.peek() == JsonKind::null) return r.in.read_null();
  return r.refuse(ProblemId::not_allowed, param);
}

// What one inspection holds besides the view, until the end of the object.
struct Bounds {
  std::optional<std::int64_t> max_tokens;
  std::optional<std::int64_t> max_completion_tokens;
  std::string_view system;
  bool has_chat = false;
  bool has_prompt = false;
};

bool read_model(Reading& r) {
  const std::size_t begin = r.in.offset();
  r.view.has_model = r.in.peek() != JsonKind::null;
  if (!r.read_optional_string("model", r.view.model)) return false;
  if (r.view.has_model && r.view.model.empty()) return r.refuse(ProblemId::empty_string, "model");
  r.view.positions.model = span_since(r.in, begin);
  return true;
}

bool read_bound(Reading& r, std::string_view param, std::optional<std::int64_t>& bound, Span& place) {
  const std::size_t begin = r.in.offset();
  if (!r.read_optional_integer(param, 1, kMostTokens, bound)) return false;
  place = span_since(r.in, begin);
  return true;
}

bool read_choices(Reading& r) {
  std::optional<std::int64_t> n;
  if (!r.read_optional_integer("n", 1, kMostChoices, n)) return false;
  r.view.n = n.value_or(1);
  return true;
}

bool read_batch(Reading& r, Member member) {
  return read_texts(r, name_of(member), r.view.prompts);
}

// The texts of a query are no entries of the batch. They come first, wherever the query stands.
bool read_query(Reading& r) {
  auto& texts = r.buffers.texts;
  const auto before = static_cast<std::ptrdiff_t>(texts.size());
  std::int64_t ignored = 0;
  if (!read_texts(r, "query", ignored)) return false;
  r.view.query_texts = texts.size() - static_cast<std::size_t>(before);
  std::rotate(texts.begin(), texts.begin() + before, texts.end());
  return true;
}

bool read_background(Reading& r) {
  bool background = false;
  if (!r.read_optional_bool("background", background)) return false;
  return !background || r.refuse(ProblemId::not_allowed, "background");
}

// OpenAI: "none" or {"type": "function", "function": {"name": …}}. Anthropic: {"type": "none"} or {"type": "tool", "name":
// …}. Whatever else it is, the model may see all tools.
bool read_tool_choice(Reading& r) {
  ToolChoice& choice = r.view.tool_choice;
  const auto read_text = [&r](std::string_view& out) {
    return r.in.peek() == JsonKind::string ? r.read_string("tool_choice", out) : r.in.skip();
  };
  std::string_view kind;
  if (r.in.peek() != JsonKind::object) {
    if (!read_text(kind)) return false;
  } else {
    r.in.enter_object();
    for (JsonString key; r.in.next_member(key);) {
      if (means(key, "type")) {
        if (!read_text(kind)) return false;
      } else if (means(key, "name")) {
        if (!read_text(choice.name)) return false;
      } else if (means(key, "function") && r.in.peek() == JsonKind::object) {
        r.in.enter_object();
        for (JsonString member; r.in.next_member(member);)
          if (!(means(member, "name") ? read_text(choice.name) : r.in.skip())) return false;
      } else if (!r.in.skip()) {
        return false;
      }
    }
  }
  if (kind == "none") choice.kind = ToolChoice::Kind::none;
  if (!choice.name.empty()) choice.kind = ToolChoice::Kind::named;
  return r.in.ok();
}

bool read_template_arguments(Reading& r) {
  if (r.in.peek() != JsonKind::object) return r.in.skip();
  r.in.enter_object();
  for (JsonString key; r.in.next_member(key);) {
    if (!means(key, "enable_thinking") || r.in.peek() != JsonKind::boolean) {
      if (!r.in.skip()) return false;
    } else if (!r.in.read_bool(r.view.enable_thinking.emplace())) {
      return false;
    }
  }
  return r.in.ok();
}

// Reads the value of a governed member, at which the cursor stands.
bool read_member(Reading& r, Member member, Bounds& bounds) {
  auto& view = r.view;
  switch (member) {
    case Member::model:
      return read_model(r);
    case Member::stream:
      return r.read_optional_bool("stream", view.stream);
    case Member::stream_options:
      return read_stream_options(r);
    case Member::max_tokens:
    case Member::max_output_tokens:
      return read_bound(r, name_of(member), bounds.max_tokens, view.positions.max_tokens);
    case Member::max_completion_tokens:
      return read_bound(r, name_of(member), bounds.max_completion_tokens, view.positions.max_completion_tokens);
    case Member::n:
      return read_choices(r);
    case Member::messages:
      bounds.has_chat = true;
      return read_messages(r);
    case Member::input:
      if (view.endpoint != Endpoint::responses) return read_batch(r, member);
      bounds.has_chat = true;
      return read_response_input(r);
    case Member::prompt:
      bounds.has_prompt = true;
      return read_batch(r, member);
    case Member::query:
      return read_query(r);
    case Member::documents:
    case Member::items:
      return read_batch(r, member);
    case Member::system:
    case Member::instructions:
      return read_content(r, name_of(member), bounds.system);
    case Member::tools:
      return r.read_optional_array("tools", view.tools_json);
    case Member::tool_choice:
      return read_tool_choice(r);
    case Member::continue_final_message:
      return r.read_optional_bool("continue_final_message", view.continue_final_message);
    case Member::chat_template_kwargs:
      return read_template_arguments(r);
    case Member::item_first:
      return r.read_optional_bool("item_first", view.item_first);
    case Member::user:
      return r.read_optional_string("user", view.user);
    case Member::background:
      return read_background(r);
    case Member::input_ids:
    case Member::input_embeds:
    case Member::prompt_embeds:
    case Member::previous_response_id:
    case Member::conversation:
      return refuse_unless_null(r, name_of(member));
    case Member::none:
      break;
  }
  return r.in.skip();
}

// The members of the top-level object, to its end.
bool read_members(Reading& r, Bounds& bounds) {
  SeenMembers seen;
  auto& at = r.view.positions;
  auto& removed = r.buffers.removed;
  r.in.enter_object();
  at.inside_begin = r.in.offset();
  std::size_t previous_end = at.inside_begin;
  for (JsonString key; r.in.next_member(key); ++at.members) {
    const std::size_t key_begin = r.in.offset_of(key.raw) - 1;
    if (!removed.empty() && removed.back().index + 1 == at.members) removed.back().next_begin = key_begin;
    const std::string_view name = r.text(key);
    const Member member = governed_member(r.view.endpoint, name);
    if (member != Member::none) {
      if (!seen.first_time(static_cast<std::size_t>(member))) return r.refuse(ProblemId::duplicate_member, name);
      if (!read_member(r, member, bounds)) return false;
    } else if (!r.in.skip()) {
      return false;
    } else if (is_engine_control(name)) {
      removed.push_back({previous_end, key_begin, r.in.offset(), 0, at.members});
    }
    previous_end = r.in.offset();
  }
  if (!r.in.ok()) return false;
  for (const Member member : required_members(r.view.endpoint)) {
    if (!seen.has(static_cast<std::size_t>(member))) return r.refuse(ProblemId::missing_member, name_of(member));
  }
  return true;
}

bool check_tokenize(Reading& r, const Bounds& bounds) {
  if (bounds.has_chat && bounds.has_prompt) return r.refuse_pair("prompt", "messages");
  return bounds.has_chat || bounds.has_prompt || r.refuse(ProblemId::missing_member, "prompt");
}

void complete_view(Reading& r, const Bounds& bounds) {
  auto& buffers = r.buffers;
  if (!bounds.system.empty()) {
    buffers.messages.insert(buffers.messages.begin(),
                            Message{.role = "system", .content = bounds.system, .tool_calls_json = {}});
  }
  r.view.max_tokens = bounds.max_completion_tokens ? bounds.max_completion_tokens : bounds.max_tokens;
  r.view.messages = buffers.messages;
  r.view.texts = buffers.texts;
  r.view.positions.removed = buffers.removed;
}

bool read_body(Reading& r) {
  if (r.in.peek() != JsonKind::object) {
    if (!r.in.skip()) return false;
    return r.refuse(ProblemId::not_an_object, "");
  }
  Bounds bounds;
  if (!read_members(r, bounds)) return false;
  if (r.view.endpoint == Endpoint::tokenize && !check_tokenize(r, bounds)) return false;
  const std::size_t end = r.in.offset();
  if (!r.in.at_end()) return r.refuse(ProblemId::trailing_bytes, "", static_cast<std::int64_t>(end));
  complete_view(r, bounds);
  return true;
}

// The problem that ended an inspection: a refusal, or else the cursor's fault.
RequestProblem problem_of(Reading& r) {
  if (r.in.fault() == JsonCursor::Fault::depth) {
    r.refuse(ProblemId::too_deep, "", RequestInspector::kMaxDepth);
  } else if (!r.refused) {
    r.refuse(ProblemId::invalid_json, "", static_cast<std::int64_t>(r.in.offset()));
  }
  return std::move(r.problem);
}

}  // namespace

struct RequestInspector::State {
  ReadingBuffers buffers;
};

RequestInspector::RequestInspector() : state_(std::make_unique<State>()) {}
RequestInspector::~RequestInspector() = default;
RequestInspector::RequestInspector(RequestInspector&&) noexcept = default;
RequestInspector& RequestInspector::operator=(RequestInspector&&) noexcept = default;

Inspection RequestInspector::inspect(Endpoint endpoint, std::string_view body) {
  state_->buffers.clear();
  Reading reading(endpoint, body, state_->buffers);
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    reading.refuse(ProblemId::empty_body, "");
  } else if (!is_valid_utf8(body)) {
    reading.refuse(ProblemId::invalid_utf8, "");
  } else if (read_body(reading)) {
    return reading.view;
  }
  return tl::unexpected(problem_of(reading));
}

}  // namespace ktl::protocol
