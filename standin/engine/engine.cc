// The door of the engine: submit, abort, and what it tells about itself. The steps are in engine_step.cc.
#include "standin/engine/engine.h"

#include <algorithm>

#include "base/check.h"
#include "standin/engine/engine_request.h"

namespace ktl::standin {
namespace {

constexpr double kFirstNewTokenRatio = 0.7;

}  // namespace

Engine::Engine(EngineOptions options)
    : options_(std::move(options)), batch_cap_(options_.max_running_requests), new_token_ratio_(kFirstNewTokenRatio) {
  KTL_CHECK(options_.max_running_requests > 0, "at least one request can run");
  KTL_CHECK(max_request_input() > 1, "the KV pool holds at least a small prompt");
}

Engine::~Engine() = default;

Submitted Engine::submit(Job job, SimTime now) {
  KTL_CHECK(!job.prompt.empty() && job.max_new_tokens > 0 && job.answer != nullptr, "a job is complete");
  if (live_.contains(job.rid)) return Submitted::duplicate_rid;
  BookRecord record;
  record.rid = job.rid;
  record.parent = job.parent;
  record.model = job.model;
  record.prompt_tokens = job.reported_prompt_tokens.value_or(static_cast<std::int64_t>(job.prompt.size()));
  record.max_new_tokens = job.max_new_tokens;
  record.arrived = now;
  if (options_.max_queued_requests && waiting() + 1 > *options_.max_queued_requests) {
    books_.refuse(std::move(record));
    return Submitted::queue_full;
  }
  auto request = std::make_unique<Request>();
  request->record = &books_.open(std::move(record));
  request->arrived = now;
  request->sequence = job.prompt;
  request->job = std::move(job);
  live_.emplace(request->job.rid, request.get());
  waiting_.push_back(std::move(request));
  if (!step_) {
    throughput_since_ = now;
    start_step(now);
  }
  return Submitted::accepted;
}

std::size_t Engine::abort(std::string_view prefix, bool all, SimTime now) {
  if (prefix.empty() && !all) return 0;
  const auto hit = [&](const Request& request) { return all || request.job.rid.starts_with(prefix); };
  std::size_t found = 0;
  const auto mark = [&](Request& request) {
    ++found;
    if (request.record->aborted == SimTime{}) request.record->aborted = now;
    request.abort_asked = true;
  };
  for (const auto& request : running_) {
    if (hit(*request)) mark(*request);
  }
  for (const auto& request : prefilling_) {
    if (hit(*request)) mark(*request);
  }
  std::deque<RequestPtr> keep;
  std::vector<RequestPtr> gone;
  for (RequestPtr& request : waiting_) {
    if (hit(*request)) {
      mark(*request);
      gone.push_back(std::move(request));
    } else {
      keep.push_back(std::move(request));
    }
  }
  waiting_ = std::move(keep);
  for (RequestPtr& request : gone) end(std::move(request), FinishReason::abort, now);
  stats_.aborts += found;
  return found;
}

bool Engine::set_batch_cap(std::int64_t cap) {
  if (cap < 1 || cap > options_.max_running_requests) return false;
  batch_cap_ = cap;
  return true;
}

bool Engine::flush_cache() {
  if (!live_.empty()) return false;
  cache_.clear();
  return true;
}

std::optional<SimTime> Engine::next_event() const {
  return step_ ? std::optional(step_->ends) : std::nullopt;
}

std::int64_t Engine::free_tokens() const {
  return options_.max_total_num_tokens - cache_.size() - private_tokens_;
}

std::int64_t Engine::used_tokens() const {
  return cache_.size() - cache_.evictable() + private_tokens_;
}

std::int64_t Engine::max_request_input() const {
  return std::min(options_.context_length - 1, options_.max_total_num_tokens - 1) - 5;
}

std::int64_t Engine::clamp_new_tokens(std::optional<std::int64_t> wanted, std::int64_t prompt_tokens) const {
  const std::int64_t longest = std::min(options_.context_length - 1, options_.max_total_num_tokens - 1);
  const std::int64_t room = std::max<std::int64_t>(1, longest - prompt_tokens - 1);
  return std::clamp<std::int64_t>(wanted.value_or(room), 1, room);
}

LoadReport Engine::load_now(SimTime now) const {
  LoadReport report = stats_.load;
  report.at = now;
  report.running = running();
  report.waiting = waiting();
  report.waiting_tokens = 0;
  for (const auto& request : waiting_) report.waiting_tokens += request->length();
  for (const auto& request : prefilling_) report.waiting_tokens += request->fill_left;
  report.used_tokens = used_tokens();
  report.total_tokens = report.used_tokens + report.waiting_tokens;
  report.evictable_tokens = cache_.evictable();
  report.retracted = retracted_waiting_;
  return report;
}

LoadReport Engine::shown_load(SimTime now) const {
  return step_ ? stats_.load : load_now(now);
}

void Engine::publish_load(SimTime now) {
  stats_.load = load_now(now);
}

void Engine::publish_gauges(SimTime now) {
  stats_.gauges = load_now(now);
}

void Engine::fall_idle(SimTime now) {
  new_token_ratio_ = kFirstNewTokenRatio;
  throughput_tokens_ = 0;
  stats_.load.gen_throughput = 0;
  publish_load(now);
  publish_gauges(now);
}

}  // namespace ktl::standin
