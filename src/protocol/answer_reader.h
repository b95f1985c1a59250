#pragma once
// Small reads that answers and stream events have in common. Each takes one value whatever its kind is, and skips what
// it does not understand. Internal.
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/usage.h"
#include "protocol/json_cursor.h"
#include "protocol/span.h"

namespace ktl::protocol {

// Usage in the names of OpenAI's chat, OpenAI's Responses, SGLang, vLLM and Anthropic. Null, or anything but an object:
// nullopt. Figures that are no sound counts read as 0.
std::optional<TokenUsage> read_usage(JsonCursor& in);

// A count of tokens; 0 if it is none.
std::int64_t read_count(JsonCursor& in);

// The inside of a string, still escaped; empty for other kinds. `place`, if given: where it is, with quotes.
std::string_view read_raw_string(JsonCursor& in, Span* place = nullptr);

}  // namespace ktl::protocol
