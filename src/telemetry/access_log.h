#pragma once
// The access log: one line for every request, whatever became of it. Written by event loops, so it costs one buffer per
// thread, one short lock, and never waits for the disk (LineWriter).
//
//   time=… rid=4f… trace=0a… user=사용자1 key=sk-user…def method=POST path=/v1/chat/completions model=korean-qwen
//   status=200 stream=true prompt=31 completion=128 cached=16 reserved=1055 queue_ms=0 ttft_ms=42.1 total_ms=913.7
//   outcome=ok upstream=sglang-0
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "telemetry/line_writer.h"
#include "telemetry/log.h"

namespace ktl::telemetry {

// What is known of a finished request. Texts are borrowed until write() returns; empty texts and absent numbers are
// left out of the line.
struct AccessEntry {
  WallTime at{};  // when its head had been read
  std::string_view request_id;
  std::string_view trace_id;  // W3C Trace Context
  std::string_view user;
  std::string_view key_mask;  // identity::masked(), never the key
  std::string_view method;
  std::string_view path;   // without the query: that may hold prompt text
  std::string_view model;  // the alias
  int status = 0;
  std::optional<bool> stream;
  std::optional<std::int64_t> prompt_tokens;
  std::optional<std::int64_t> completion_tokens;
  std::optional<std::int64_t> cached_tokens;  // of the prompt, from the engine's prefix cache
  std::optional<std::int64_t> reserved_tokens;
  std::optional<std::chrono::microseconds> queued;  // for a place at the engine
  std::optional<std::chrono::microseconds> ttft;    // from the head to the first event sent on
  std::chrono::microseconds total{0};
  std::string_view outcome;  // e.g. ok, client_left, engine_failed, refused
  std::string_view limit;    // of a refusal: "user rpm"
  std::string_view upstream;
};

class AccessLog {
 public:
  // `writer` outlives the log.
  AccessLog(LineWriter& writer, LogFormat format);

  void write(const AccessEntry& entry);

 private:
  LineWriter& writer_;
  const LogFormat format_;
};

}  // namespace ktl::telemetry
