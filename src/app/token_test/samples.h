#pragma once
// The texts of `token-limiter token-test`: what Korean teams really send, by kind. Written for this project (CC0).
#include <span>
#include <string_view>

namespace ktl::app {

struct TokenSample {
  std::string_view kind_korean;
  std::string_view kind_english;
  std::string_view text;
};

std::span<const TokenSample> token_samples();

}  // namespace ktl::app
