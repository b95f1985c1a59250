#pragma once
// Asks one engine how it is, once a second, and keeps what it said. Lives on one loop.
#include <memory>

#include "monitor/engine_history.h"
#include "monitor/sample.h"
#include "net/task.h"
#include "upstream/link.h"

namespace ktl::monitor {

class EngineWatch {
 public:
  explicit EngineWatch(upstream::Link& link);

  // Asks whatever is due and not being asked already. SGLang's counters are costly for the engine and are asked for
  // every five seconds; its load, and vLLM's counters, every time.
  void ask();

  EngineSample sample(WallTime now);

 private:
  // What the questions on their way write to; it may outlive the watch.
  struct Answers {
    EngineHistory history;
    bool asking_load = false;
    bool asking_metrics = false;
  };
  static net::Task<void> ask_load(upstream::Link& link, std::shared_ptr<Answers> answers);
  static net::Task<void> ask_metrics(upstream::Link& link, std::shared_ptr<Answers> answers, bool decides_status);
  void follow_limit(WallTime now, std::int64_t limit);

  upstream::Link& link_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  MonoTime metrics_due_{};
  EngineStatus status_ = EngineStatus::unknown;
  WallTime status_since_{};
  std::int64_t limit_ = 0;
  std::deque<LimitChange> limit_changes_;
};

}  // namespace ktl::monitor
