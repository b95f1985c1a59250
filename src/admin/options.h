#pragma once
// Settings of the pages that are not generation requests. Given at start; a reload does not change them.
#include <string>
#include <vector>

#include "tokenizer/estimate.h"

namespace ktl::admin {

struct Options {
  bool api_key_required = true;
  bool trust_loopback = false;  // the read-only pages without a key for callers on this machine; see access.h
  bool metrics_open = true;     // /metrics without a key
  std::string version;
  std::string storage = "sqlite";  // the name that /health shows
  double korean_factor = tokenizer::kKoreanFactor;
  std::vector<std::string> allowed_origins;  // browsers' origins that may read answers; "*" allows all
};

}  // namespace ktl::admin
