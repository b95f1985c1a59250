#pragma once
// What an unknown chat template puts around the contents, learned from what the engine says a prompt was: a base for
// each prompt and a cost for each message.
//
// Robust: a line through the medians of the slopes and of the rests (Theil 1950, Sen 1968) over the latest
// observations, so that a few strange prompts (tools, media) do not move it. Until there is something to learn from it
// answers with ChatML's figures. Thread-safe: estimate() is a few loads; observe() takes a mutex for some microseconds.
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

namespace ktl::prompt {

struct Overhead {
  double base = 3;         // the generation prompt
  double per_message = 5;  // what begins and ends a turn

  // Tokens for a prompt of that many messages; never below zero.
  std::int64_t of(std::int64_t messages) const;
};

class OverheadLearner {
 public:
  // One answered prompt: its messages, our count of their contents, and the engine's prompt_tokens. Leave out prompts
  // with tools, tool calls or media.
  void observe(std::int64_t messages, std::int64_t content_tokens, std::int64_t engine_prompt_tokens);

  Overhead estimate() const {
    return {base_.load(std::memory_order_relaxed), per_message_.load(std::memory_order_relaxed)};
  }
  std::int64_t observations() const { return seen_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kKept = 48;

  struct Observation {
    double messages;
    double overhead;
  };

  void fit();

  std::mutex mutex_;
  std::array<Observation, kKept> kept_{};  // guarded by mutex_; a ring
  std::atomic<std::int64_t> seen_{0};
  std::atomic<double> base_{Overhead{}.base};
  std::atomic<double> per_message_{Overhead{}.per_message};
};

}  // namespace ktl::prompt
