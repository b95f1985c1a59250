// What happens in one step of the engine: choose prefill or decode, make room in the pool, and hand out its tokens when
// its time is over.
#include <algorithm>
#include <limits>

#include "base/check.h"
#include "standin/engine/engine.h"
#include "standin/engine/engine_request.h"

namespace ktl::standin {
namespace {

constexpr std::int64_t kMostReserved = 4096;  // of a request's coming output, when admission looks ahead
constexpr double kLowestNewTokenRatio = 0.098;
constexpr double kRatioDecay = (0.7 - kLowestNewTokenRatio) / 600;
constexpr double kRetractLookAhead = 20;

double seconds(SimTime time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

SimTime Engine::scaled(double microseconds) const {
  return options_.speed <= 0 ? SimTime{0} : SimTime{static_cast<std::int64_t>(microseconds / options_.speed)};
}

void Engine::advance(SimTime now) {
  while (step_ && step_->ends <= now) {
    const SimTime ended = step_->ends;
    finish_step();
    start_step(ended);
  }
}

void Engine::start_step(SimTime now) {
  step_.reset();
  if (start_prefill(now) || start_decode(now)) return;
  fall_idle(now);
}

bool Engine::start_prefill(SimTime now) {
  std::int64_t budget = options_.chunked_prefill_size;
  if (budget <= 0) budget = std::numeric_limits<std::int64_t>::max();
  std::int64_t tokens = 0, hits = 0;
  const auto take = [&](Request& request) {
    request.fill_now = std::min(request.fill_left, budget);
    budget -= request.fill_now;
    tokens += request.fill_now;
  };
  for (const auto& request : prefilling_) take(*request);  // one that did not fit into the last step
  while (budget > 0 && !waiting_.empty() &&
         static_cast<std::int64_t>(running_.size() + prefilling_.size()) < batch_cap_ && admit_head(now)) {
    Request& request = *prefilling_.back();
    take(request);
    const std::int64_t hit = request.length() - request.fill_left;
    hits += hit;
    stats_.prefill_cache += hit;
    if (request.retractions == 0) {
      stats_.effective_hit += hit;
      stats_.effective_input += request.fill_left;
    }
  }
  if (prefilling_.empty()) return false;
  const StepCosts& costs = options_.costs;
  const SimTime duration = scaled(costs.prefill_base + costs.prefill_token * static_cast<double>(tokens));
  stats_.prefill_compute += tokens;
  stats_.load.prefill_uncached_tokens += tokens;
  stats_.load.prefill_busy_us += duration.count();
  stats_.load.cache_hit_rate = tokens + hits == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(tokens + hits);
  step_ = Step{true, now, now + duration};
  publish_load(now);
  publish_gauges(now);
  return true;
}

std::int64_t Engine::reserved_for_running() const {
  double sum = 0;
  const auto add = [&](const Request& request) {
    sum +=
        new_token_ratio_ * static_cast<double>(std::min(request.job.max_new_tokens - request.generated, kMostReserved));
  };
  for (const auto& request : running_) add(*request);
  for (const auto& request : prefilling_) add(*request);
  return static_cast<std::int64_t>(sum);
}

// Moves the first waiting request into the batch if the pool has room for it and for what it is expected to write.
bool Engine::admit_head(SimTime now) {
  Request& request = *waiting_.front();
  const std::span<const TokenId> all(request.sequence);
  std::int64_t matched = 0;
  if (options_.radix_cache) request.locked = cache_.lock_prefix(all.first(all.size() - 1), matched);
  const std::int64_t need = request.length() - matched;
  const std::int64_t expected = std::min(request.job.max_new_tokens - request.generated, kMostReserved);
  const bool alone = running_.empty() && prefilling_.empty();
  const bool fits = need + expected <= free_tokens() + cache_.evictable() - reserved_for_running();
  if ((!fits && !alone) || !make_room(need)) {
    KTL_CHECK(!alone, "a request that was accepted fits into an empty pool");
    release(request);
    return false;
  }
  request.private_tokens = need;
  private_tokens_ += need;
  request.fill_left = need;
  if (request.started == SimTime{}) {
    request.started = now;
    request.cached = matched;
    stats_.queue_time.observe(seconds(now - request.arrived));
  }
  if (request.retracted) --retracted_waiting_;
  request.retracted = false;
  books_.start(*request.record, request.cached, now);
  prefilling_.push_back(std::move(waiting_.front()));
  waiting_.pop_front();
  return true;
}

bool Engine::start_decode(SimTime now) {
  while (!running_.empty() && !make_room(static_cast<std::int64_t>(running_.size()))) {
    if (running_.size() > 1) {
      retract_one();
    } else {  // it has the whole pool and that is not enough
      RequestPtr last = std::move(running_.back());
      running_.clear();
      end(std::move(last), FinishReason::length, now);
    }
  }
  if (running_.empty()) return !waiting_.empty() && start_prefill(now);
  for (const auto& request : running_) ++request->private_tokens;
  private_tokens_ += running();
  const StepCosts& costs = options_.costs;
  const SimTime duration = scaled(costs.decode_base + costs.decode_request * static_cast<double>(running_.size()) +
                                  costs.decode_kv_token * static_cast<double>(used_tokens()));
  step_ = Step{false, now, now + duration};
  return true;
}

void Engine::finish_step() {
  const SimTime now = step_->ends;
  if (step_->prefill) {
    finish_prefill(now);
  } else {
    finish_decode(now);
  }
}

void Engine::finish_prefill(SimTime now) {
  std::vector<RequestPtr> batch = std::move(prefilling_);
  prefilling_.clear();
  for (RequestPtr& request : batch) {
    request->fill_left -= request->fill_now;
    request->fill_now = 0;
    if (request->fill_left > 0) {
      if (request->abort_asked) {
        end(std::move(request), FinishReason::abort, now);
      } else {
        prefilling_.push_back(std::move(request));
      }
      continue;
    }
    cache_sequence(*request, request->sequence.size(), true);
    give_token(std::move(request), now);
  }
}

void Engine::finish_decode(SimTime now) {
  ++stats_.decode_steps;
  stats_.decoded += running();
  throughput_tokens_ += running();
  new_token_ratio_ = std::max(kLowestNewTokenRatio, new_token_ratio_ - kRatioDecay);
  std::vector<RequestPtr> batch = std::move(running_);
  running_.clear();
  for (RequestPtr& request : batch) give_token(std::move(request), now);
  const auto steps = static_cast<std::int64_t>(stats_.decode_steps);
  if (steps % options_.decode_log_interval == 0) {
    const double elapsed = seconds(now - throughput_since_);
    stats_.last_gen_throughput = elapsed > 0 ? static_cast<double>(throughput_tokens_) / elapsed : 0;
    stats_.load.gen_throughput = stats_.last_gen_throughput;
    stats_.load.cache_hit_rate = 0;
    throughput_since_ = now;
    throughput_tokens_ = 0;
    publish_gauges(now);
  }
  if (steps % options_.load_publish_interval == 0) publish_load(now);
}

// One more token for the request, which then goes on running or ends.
void Engine::give_token(RequestPtr owned, SimTime now) {
  Request& request = *owned;
  request.sequence.push_back(request.job.answer->id(request.generated, request.job.ignore_eos));
  ++request.generated;
  books_.generate(*request.record, now);
  if (request.generated == 1) {
    stats_.time_to_first_token[request.job.streaming].observe(seconds(now - request.arrived));
  } else {
    stats_.inter_token.observe(seconds(now - request.last_token));
  }
  request.last_token = now;
  if (request.job.sink) request.job.sink->on_progress(request.job.slot, request.progress());
  if (request.abort_asked) {
    end(std::move(owned), FinishReason::abort, now);
  } else if (request.generated >= request.job.max_new_tokens) {
    end(std::move(owned), FinishReason::length, now);
  } else if (!request.job.ignore_eos && request.generated >= request.job.answer->natural_tokens()) {
    end(std::move(owned), FinishReason::stop, now);
  } else {
    running_.push_back(std::move(owned));
  }
}

void Engine::end(RequestPtr request, FinishReason reason, SimTime now) {
  if (request->started != SimTime{} && request->fill_left == 0 && request->locked != nullptr) {
    cache_sequence(*request, request->sequence.size() - 1, false);  // the last token never went through the model
  }
  if (request->retracted) --retracted_waiting_;
  release(*request);
  books_.close(*request->record, reason, now);
  RequestCounters& counters = stats_.ended[request->job.streaming];
  ++counters.requests;
  counters.generation_tokens += request->generated;
  Outcome outcome;
  outcome.reason = reason;
  if (request->started != SimTime{}) {
    outcome.usage = request->progress();
    outcome.queue_time = request->started - request->arrived;
    counters.prompt_tokens += request->prompt_tokens();
  }
  outcome.retractions = request->retractions;
  outcome.latency = now - request->arrived;
  stats_.end_to_end[request->job.streaming].observe(seconds(outcome.latency));
  live_.erase(request->job.rid);
  if (request->job.sink) request->job.sink->on_end(request->job.slot, outcome);
}

// Gives back the request's slots of the pool and its lock on the tree.
void Engine::release(Request& request) {
  private_tokens_ -= request.private_tokens;
  request.private_tokens = 0;
  if (request.locked != nullptr) cache_.unlock(request.locked);
  request.locked = nullptr;
}

// Moves the first `length` tokens of the request from its private slots into the tree; what the tree had already is
// freed. The lock moves to the new end of the path, or is dropped.
void Engine::cache_sequence(Request& request, std::size_t length, bool keep_locked) {
  if (!options_.radix_cache) return;
  const auto sequence = std::span<const TokenId>(request.sequence).first(length);
  cache_.insert(sequence);
  RadixCache::Handle kept = nullptr;
  std::int64_t matched = 0;
  if (keep_locked) kept = cache_.lock_prefix(sequence, matched);
  release(request);
  request.locked = kept;
}

// The pool is full: the request that has written least goes back to the front of the queue.
void Engine::retract_one() {
  const auto victim = std::min_element(running_.begin(), running_.end(), [](const RequestPtr& a, const RequestPtr& b) {
    return a->generated != b->generated ? a->generated < b->generated : a->job.prompt.size() > b->job.prompt.size();
  });
  Request& request = **victim;
  release(request);
  request.retracted = true;
  ++request.retractions;
  ++request.record->retractions;
  ++stats_.retractions;
  ++retracted_waiting_;
  waiting_.push_front(std::move(*victim));
  running_.erase(victim);
  double decoded = 0, wanted = 1;
  for (const auto& other : running_) {
    decoded += static_cast<double>(other->generated) + kRetractLookAhead;
    wanted += static_cast<double>(other->job.max_new_tokens);
  }
  new_token_ratio_ = std::min(1.0, decoded / wanted);
}

bool Engine::make_room(std::int64_t tokens) {
  const std::int64_t missing = tokens - free_tokens();
  if (missing > 0) cache_.evict(missing);
  return free_tokens() >= tokens;
}

}  // namespace ktl::standin
