#pragma once
// Reads the events of one streamed chat completion as they arrive: when the output came, and what it cost.
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "app/bench/samples.h"
#include "base/clock.h"
#include "base/usage.h"
#include "protocol/sse.h"

namespace ktl::app::bench {

class StreamMeter {
 public:
  // The samples must outlive the meter: time from `asked` to the first event with output, and between two such events.
  StreamMeter(MonoTime asked, Samples& first_token, Samples& inter_token)
      : last_(asked), first_token_(first_token), inter_token_(inter_token) {}

  // Takes the whole events that `body` begins with; they arrived at `now`. Returns their bytes; the next call gets what
  // is behind them, and more.
  std::size_t take(std::string_view body, MonoTime now);

  bool saw_output() const { return outputs_ > 0; }
  bool saw_done() const { return done_; }                             // data: [DONE]
  const std::optional<TokenUsage>& usage() const { return usage_; }   // the last running total
  const std::optional<std::string>& error() const { return error_; }  // an error event's message

 private:
  MonoTime last_;
  Samples& first_token_;
  Samples& inter_token_;
  protocol::EventSplitter splitter_;
  std::int64_t outputs_ = 0;
  bool done_ = false;
  std::optional<TokenUsage> usage_;
  std::optional<std::string> error_;
};

}  // namespace ktl::app::bench
