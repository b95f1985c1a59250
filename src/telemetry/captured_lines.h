#pragma once
// Test support: a temporary file behind a LineWriter, read back as text.
#include <cstdio>
#include <string>

#include "telemetry/line_writer.h"

namespace ktl::telemetry {

class CapturedLines {
 public:
  CapturedLines() : file_(std::tmpfile()), writer_(fileno(file_)) {}
  ~CapturedLines() { std::fclose(file_); }
  CapturedLines(const CapturedLines&) = delete;
  CapturedLines& operator=(const CapturedLines&) = delete;

  LineWriter& writer() { return writer_; }

  std::string text() {
    writer_.flush();
    std::string out;
    std::rewind(file_);
    char block[4096];
    for (std::size_t got = 0; (got = std::fread(block, 1, sizeof block, file_)) > 0;) out.append(block, got);
    return out;
  }

 private:
  std::FILE* file_;
  LineWriter writer_;
};

// A clock that stands still.
class StoppedClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Millis(1'795'422'600'123)); }  // 2026-11-23T08:30:00.123Z
  MonoTime mono() const override { return {}; }
};

}  // namespace ktl::telemetry
