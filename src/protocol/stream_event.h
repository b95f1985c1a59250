#pragma once
// What one event of an engine's stream says, and the few edits the client's copy gets.
//
// inspect_event() never fails: an event that is not the JSON we know has no facts and passes unchanged. Stateless and
// thread-safe.
#include <optional>
#include <string>
#include <string_view>

#include "base/usage.h"
#include "protocol/endpoint.h"
#include "protocol/engine_error.h"
#include "protocol/span.h"
#include "protocol/sse.h"

namespace ktl::protocol {

struct StreamEvent {
  bool is_done = false;  // the generation is over: `[DONE]`, response.completed/incomplete/failed, message_stop
  std::optional<EngineError> error;  // the engine gave up
  std::optional<TokenUsage> usage;   // as far as this event tells; see merge_usage()
  bool usage_only = false;           // choices is [] and usage is there: the event that include_usage adds
  bool has_choices = false;          // at least one choice
  bool has_content = false;          // carries generated output (text, reasoning, tool call): the first one marks TTFT
  std::string_view content;          // of the first piece of text, still JSON-escaped; into the event's data
  std::string_view finish_reason;    // of the first choice that has one; into the event's data

  // Within SseEvent::data; empty if not there.
  Span model;         // value of "model", with quotes
  Span id;            // value of "id", with quotes
  Span usage_member;  // the top-level "usage" with one comma, so that cutting it leaves valid JSON
};

StreamEvent inspect_event(Endpoint endpoint, const SseEvent& event);

// Streams tell usage as running totals, some in parts (Anthropic: input first, output last): the larger figure is
// newer.
void merge_usage(TokenUsage& total, const TokenUsage& seen);

struct RewriteOptions {
  std::string_view model = {};  // the client's own name of the model; empty: leave the engine's
  bool strip_usage = false;  // the client did not ask for usage: cut the member (usage_only events: do not send at all)
  std::string_view id_prefix = {};  // put before the id unless it is there already; empty: leave the engine's
};

// Appends the event as the client shall see it. Unchanged bytes stay unchanged.
void rewrite_event(const SseEvent& event, const StreamEvent& facts, const RewriteOptions& options, std::string& out);

}  // namespace ktl::protocol
