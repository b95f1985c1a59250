#include "telemetry/access_log.h"

#include "telemetry/log_line.h"

namespace ktl::telemetry {
namespace {

constexpr std::size_t kMaxPath = 256;  // bytes; a path is what the client says it is

}  // namespace

AccessLog::AccessLog(LineWriter& writer, LogFormat format) : writer_(writer), format_(format) {}

void AccessLog::write(const AccessEntry& entry) {
  thread_local std::string buffer;
  LogLine line(buffer, format_);
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) line.text(name, value);
  };
  const auto number = [&](std::string_view name, std::optional<std::int64_t> value) {
    if (value) line.number(name, *value);
  };
  line.time("time", entry.at);
  text("rid", entry.request_id);
  text("trace", entry.trace_id);
  text("user", entry.user);
  text("key", entry.key_mask);
  text("method", entry.method);
  text("path", entry.path.substr(0, kMaxPath));
  text("model", entry.model);
  line.number("status", entry.status);
  if (entry.stream) line.flag("stream", *entry.stream);
  number("prompt", entry.prompt_tokens);
  number("completion", entry.completion_tokens);
  number("cached", entry.cached_tokens);
  number("reserved", entry.reserved_tokens);
  if (entry.queued) line.milliseconds("queue_ms", *entry.queued);
  if (entry.ttft) line.milliseconds("ttft_ms", *entry.ttft);
  line.milliseconds("total_ms", entry.total);
  text("outcome", entry.outcome);
  text("limit", entry.limit);
  text("upstream", entry.upstream);
  writer_.append(line.end());
}

}  // namespace ktl::telemetry
