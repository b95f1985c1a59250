#pragma once
// The same for an engine's answer that is not a stream: facts, and the edits of the client's copy.
// inspect_response() never fails: what is not the JSON we know has no facts and passes unchanged. Thread-safe.
#include <optional>
#include <string>
#include <string_view>

#include "base/usage.h"
#include "protocol/endpoint.h"
#include "protocol/engine_error.h"
#include "protocol/span.h"

namespace ktl::protocol {

struct ResponseFacts {
  bool is_json = false;              // well-formed JSON (object or array)
  std::optional<TokenUsage> usage;   // also: sum of meta_info.prompt_tokens (rerank), input_tokens (count_tokens)
  std::optional<EngineError> error;  // an error object inside a 200
  std::string_view finish_reason;    // of the first choice (chat, completions), or empty
  Span model;                        // top-level values, with quotes; empty if not there
  Span id;
};

ResponseFacts inspect_response(Endpoint endpoint, std::string_view body);

// Appends the body with `model` and `id_prefix` applied (empty: leave the engine's).
void rewrite_response(std::string_view body, const ResponseFacts& facts, std::string_view model,
                      std::string_view id_prefix, std::string& out);

}  // namespace ktl::protocol
