#include "protocol/trace_context.h"

#include <algorithm>

namespace ktl::protocol {
namespace {

constexpr std::size_t kMaxState = 512;  // what the recommendation asks everybody to pass on

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

bool is_state(std::string_view text) {
  return text.size() <= kMaxState && std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void make_span(TraceContext& context, Rng& rng) {
  const RequestId random = RequestId::make(rng);
  std::copy_n(random.hex.begin(), context.span_id.size(), context.span_id.begin());
  if (is_zero({context.span_id.data(), context.span_id.size()})) context.span_id.back() = '1';
}

// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01; later versions may have more behind it.
bool read_parent(std::string_view text, TraceContext& context) {
  constexpr std::size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const std::string_view version = text.substr(0, 2), trace = text.substr(3, 32), parent = text.substr(36, 16),
                         flags = text.substr(53, 2);
  if (!is_hex(version) || version == "ff" || !is_hex(trace) || !is_hex(parent) || !is_hex(flags)) return false;
  if (version == "00" ? text.size() != kLength : text.size() > kLength && text[kLength] != '-') return false;
  if (is_zero(trace) || is_zero(parent)) return false;
  std::copy(trace.begin(), trace.end(), context.trace_id.begin());
  std::copy(flags.begin(), flags.end(), context.flags.begin());
  return true;
}

}  // namespace

TraceContext trace_context(std::string_view traceparent, std::string_view tracestate, const RequestId& request,
                           Rng& rng) {
  TraceContext context;
  if (read_parent(traceparent, context)) {
    if (is_state(tracestate)) context.state = tracestate;
  } else {
    context.trace_id = request.hex;
    context.flags = {'0', '0'};  // nobody asked for it to be recorded
  }
  make_span(context, rng);
  return context;
}

void append_trace_headers(std::string& out, const TraceContext& context) {
  out.append("traceparent: 00-").append(context.trace()).append("-");
  out.append(context.span_id.data(), context.span_id.size()).append("-");
  out.append(context.flags.data(), context.flags.size()).append("\r\n");
  if (!context.state.empty()) out.append("tracestate: ").append(context.state).append("\r\n");
}

}  // namespace ktl::protocol
