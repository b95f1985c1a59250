#pragma once
// W3C Trace Context (https://www.w3.org/TR/trace-context/): the names under which a request is known to whoever follows
// it through several programs. The gateway takes part: it keeps the trace of a client that has one, begins one for a
// client that has none, and names its own step to the engine. Pure.
#include <array>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace ktl::protocol {

struct TraceContext {
  std::array<char, 32> trace_id{};  // lower-case hex, not all zero
  std::array<char, 16> span_id{};   // of the gateway's own step; the same
  std::array<char, 2> flags{};
  std::string state;  // `tracestate` as the client sent it; empty: none

  std::string_view trace() const { return {trace_id.data(), trace_id.size()}; }
};

// From the client's headers, or a new trace that bears the request's id. `traceparent` that is not sound is as good as
// none, and then `tracestate` is, too.
TraceContext trace_context(std::string_view traceparent, std::string_view tracestate, const RequestId& request,
                           Rng& rng);

// "traceparent: 00-…\r\n", and "tracestate: …\r\n" if there is one.
void append_trace_headers(std::string& out, const TraceContext& context);

}  // namespace ktl::protocol
