#pragma once
// What a request cost, in LLM tokens of the served model.
#include <cstdint>

namespace ktl {

struct TokenUsage {
  std::int64_t prompt = 0;
  std::int64_t completion = 0;
  std::int64_t cached = 0;     // part of prompt that came out of the engine's prefix cache
  std::int64_t reasoning = 0;  // part of completion

  std::int64_t total() const { return prompt + completion; }
  friend bool operator==(const TokenUsage&, const TokenUsage&) = default;
};

}  // namespace ktl
