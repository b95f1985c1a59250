#pragma once
// The simulated SGLang engine: a waiting queue, continuous batching with chunked prefill, one token per running request
// and step, a KV pool with a radix cache, retraction when the pool is full. No sockets, no clock: `now` is passed in,
// and advance(now) runs every step that has ended by then. One thread.
//
// A step is either a prefill of waiting requests (first come, first served; it goes before decoding) or a decode of all
// running ones. Its tokens appear when it ends. Step time = base + cost per token, divided by `speed`; speed 0 makes
// every step take no time, so that a request is answered as soon as it is submitted.
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "standin/engine/answer.h"
#include "standin/engine/books.h"
#include "standin/engine/radix_cache.h"
#include "standin/engine/stats.h"

namespace ktl::standin {

struct StepCosts {  // microseconds; roughly a 3B model on a small consumer GPU
  double prefill_base = 6'000;
  double prefill_token = 200;
  double decode_base = 16'000;
  double decode_request = 350;
  double decode_kv_token = 0.2;
};

struct EngineOptions {
  double speed = 1;
  std::int64_t max_running_requests = 16;
  std::optional<std::int64_t> max_queued_requests;
  std::int64_t chunked_prefill_size = 2048;  // tokens per prefill step; <= 0: no bound
  std::int64_t max_total_num_tokens = 6000;  // the KV pool
  std::int64_t context_length = 4096;
  bool radix_cache = true;
  std::int64_t decode_log_interval = 40;
  std::int64_t load_publish_interval = 15;
  StepCosts costs;
};

struct Progress {
  std::int64_t prompt_tokens = 0;
  std::int64_t cached_tokens = 0;
  std::int64_t generated_tokens = 0;
};

struct Outcome {
  FinishReason reason = FinishReason::stop;
  Progress usage;  // all zero when it was aborted before it entered a batch
  std::int64_t retractions = 0;
  SimTime queue_time{};
  SimTime latency{};
};

// Hears about one request. Called from inside submit(), advance() and abort(): it must not call the engine back.
class TokenSink {
 public:
  virtual ~TokenSink() = default;
  virtual void on_progress(std::size_t slot, const Progress& progress) = 0;
  virtual void on_end(std::size_t slot, const Outcome& outcome) = 0;  // the last call for this slot
};

struct Job {
  std::string rid;
  std::string parent;  // for the books, see BookRecord
  std::string model;
  std::vector<TokenId> prompt;                         // not empty
  std::optional<std::int64_t> reported_prompt_tokens;  // in usage and books, instead of prompt.size()
  std::shared_ptr<const Answer> answer;
  std::int64_t max_new_tokens = 0;  // > 0
  bool ignore_eos = false;
  bool streaming = false;
  std::shared_ptr<TokenSink> sink;
  std::size_t slot = 0;  // passed through to the sink
};

enum class Submitted : unsigned char { accepted, queue_full, duplicate_rid };

class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();

  Submitted submit(Job job, SimTime now);
  // Every request whose rid begins with `prefix` (or all). A waiting one ends at once, a running one after its step.
  std::size_t abort(std::string_view prefix, bool all, SimTime now);

  void advance(SimTime now);
  std::optional<SimTime> next_event() const;  // when advance() will have something to do

  bool set_batch_cap(std::int64_t cap);  // pp_max_micro_batch_size, in [1, max_running_requests]
  std::int64_t batch_cap() const { return batch_cap_; }
  bool flush_cache();  // false while requests run or wait

  bool is_live(const std::string& rid) const { return live_.contains(rid); }
  std::int64_t running() const { return static_cast<std::int64_t>(running_.size()); }
  std::int64_t waiting() const { return static_cast<std::int64_t>(waiting_.size()); }
  std::int64_t unfinished() const { return static_cast<std::int64_t>(live_.size()); }
  std::int64_t used_tokens() const;        // of the KV pool, without what could be given back
  std::int64_t max_request_input() const;  // prompts must be shorter
  std::int64_t clamp_new_tokens(std::optional<std::int64_t> wanted, std::int64_t prompt_tokens) const;

  const EngineOptions& options() const { return options_; }
  const EngineStats& stats() const { return stats_; }
  const Books& books() const { return books_; }
  Books& books() { return books_; }
  LoadReport shown_load(SimTime now) const;  // as last published; fresh while idle

 private:
  struct Request;
  using RequestPtr = std::unique_ptr<Request>;
  struct Step {
    bool prefill = false;
    SimTime began{};
    SimTime ends{};
  };

  LoadReport load_now(SimTime now) const;
  void start_step(SimTime now);
  bool start_prefill(SimTime now);
  bool admit_head(SimTime now);
  bool start_decode(SimTime now);
  void finish_step();
  void finish_prefill(SimTime now);
  void finish_decode(SimTime now);
  void give_token(RequestPtr request, SimTime now);
  void end(RequestPtr request, FinishReason reason, SimTime now);
  void retract_one();
  bool make_room(std::int64_t tokens);
  std::int64_t free_tokens() const;
  std::int64_t reserved_for_running() const;
  void cache_sequence(Request& request, std::size_t length, bool keep_locked);
  void publish_load(SimTime now);
  void publish_gauges(SimTime now);
  void fall_idle(SimTime now);
  void release(Request& request);
  SimTime scaled(double microseconds) const;

  EngineOptions options_;
  std::int64_t batch_cap_;
  RadixCache cache_;
  std::int64_t private_tokens_ = 0;  // of the pool: held by requests, not in the tree
  std::deque<RequestPtr> waiting_;
  std::vector<RequestPtr> prefilling_;  // in the step now; the last may need more steps
  std::vector<RequestPtr> running_;
  std::unordered_map<std::string, Request*> live_;
  std::optional<Step> step_;
  double new_token_ratio_;
  SimTime throughput_since_{};
  std::int64_t throughput_tokens_ = 0;
  std::int64_t retracted_waiting_ = 0;
  EngineStats stats_;
  Books books_;
};

}  // namespace ktl::standin
