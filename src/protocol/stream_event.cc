#include "protocol/stream_event.h"

#include <algorithm>

#include "protocol/event_inspection.h"
#include "protocol/rewriting.h"

namespace ktl::protocol {
namespace {

// `json` as data lines of an event.
void append_data_lines(std::string& out, std::string_view json) {
  while (true) {
    const std::size_t end = json.find('\n');
    out += "data: ";
    out += json.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    json.remove_prefix(end + 1);
  }
}

}  // namespace

StreamEvent inspect_event(Endpoint endpoint, const SseEvent& event) {
  if (!event.has_data) return {};
  if (event.data == "[DONE]") {
    StreamEvent done;
    done.is_done = true;
    return done;
  }
  switch (endpoint) {
    case Endpoint::responses:
      return inspect_response_event(event.data);
    case Endpoint::messages:
      return inspect_message_event(event.data);
    default:
      return inspect_chunk(event.data);
  }
}

void merge_usage(TokenUsage& total, const TokenUsage& seen) {
  total.prompt = std::max(total.prompt, seen.prompt);
  total.completion = std::max(total.completion, seen.completion);
  total.cached = std::max(total.cached, seen.cached);
  total.reasoning = std::max(total.reasoning, seen.reasoning);
}

void rewrite_event(const SseEvent& event, const StreamEvent& facts, const RewriteOptions& options, std::string& out) {
  Rewriting rewriting(event.data);
  if (!options.model.empty()) rewriting.set_string(facts.model, options.model);
  if (!options.id_prefix.empty()) rewriting.prefix_string(facts.id, options.id_prefix);
  if (options.strip_usage) rewriting.cut(facts.usage_member);
  if (rewriting.empty()) {
    out += event.raw;
    return;
  }
  if (event.data_is_in_raw()) {
    const auto begin = static_cast<std::size_t>(event.data.data() - event.raw.data());
    out += event.raw.substr(0, begin);
    rewriting.append_to(out);
    out += event.raw.substr(begin + event.data.size());
    return;
  }
  std::string data;
  rewriting.append_to(data);
  if (!event.name.empty()) out.append("event: ").append(event.name).append("\n");
  append_data_lines(out, data);
  out += '\n';
}

}  // namespace ktl::protocol
