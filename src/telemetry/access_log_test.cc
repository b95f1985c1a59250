#include "telemetry/access_log.h"

#include <gtest/gtest.h>

#include "telemetry/captured_lines.h"

namespace ktl::telemetry {
namespace {

AccessEntry finished_chat() {
  AccessEntry entry;
  entry.at = StoppedClock().wall();
  entry.request_id = "4f00000000000000000000000000000a";
  entry.trace_id = "0af7651916cd43dd8448eb211c80319c";
  entry.user = "사용자1";
  entry.key_mask = "sk-user…def";
  entry.method = "POST";
  entry.path = "/v1/chat/completions";
  entry.model = "korean-qwen";
  entry.status = 200;
  entry.stream = true;
  entry.prompt_tokens = 31;
  entry.completion_tokens = 128;
  entry.cached_tokens = 16;
  entry.reserved_tokens = 1055;
  entry.queued = std::chrono::microseconds(1'500);
  entry.ttft = std::chrono::microseconds(42'100);
  entry.total = std::chrono::microseconds(913'700);
  entry.outcome = "ok";
  entry.upstream = "sglang-0";
  return entry;
}

TEST(AccessLog, AFinishedRequestIsOneLineWithAllItsFigures) {
  CapturedLines lines;
  AccessLog(lines.writer(), LogFormat::logfmt).write(finished_chat());
  EXPECT_EQ(
      lines.text(),
      "time=2026-11-23T08:30:00.123Z rid=4f00000000000000000000000000000a trace=0af7651916cd43dd8448eb211c80319c "
      "user=사용자1 key=sk-user…def method=POST path=/v1/chat/completions model=korean-qwen status=200 stream=true "
      "prompt=31 completion=128 cached=16 reserved=1055 queue_ms=1.5 ttft_ms=42.1 total_ms=913.7 outcome=ok "
      "upstream=sglang-0\n");
}

TEST(AccessLog, WhatIsUnknownIsLeftOut) {
  CapturedLines lines;
  AccessEntry entry;
  entry.at = StoppedClock().wall();
  entry.status = 401;
  entry.outcome = "refused";
  AccessLog(lines.writer(), LogFormat::json).write(entry);
  EXPECT_EQ(lines.text(),
            "{\"time\":\"2026-11-23T08:30:00.123Z\",\"status\":401,\"total_ms\":0,\"outcome\":\"refused\"}\n");
}

TEST(AccessLog, ALongHostilePathIsCutAndEscaped) {
  CapturedLines lines;
  AccessEntry entry = finished_chat();
  const std::string path = "/\n\"" + std::string(10'000, 'a');
  entry.path = path;
  AccessLog(lines.writer(), LogFormat::logfmt).write(entry);
  const std::string text = lines.text();
  EXPECT_LT(text.size(), 700U);
  EXPECT_NE(text.find("path=\"/\\n\\\"aaa"), std::string::npos);
}

}  // namespace
}  // namespace ktl::telemetry
