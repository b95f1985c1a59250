#pragma once
// One request inside the engine, from the waiting queue to its end.
#include "standin/engine/engine.h"

namespace ktl::standin {

struct Engine::Request {
  Job job;
  BookRecord* record = nullptr;
  std::vector<TokenId> sequence;  // prompt, then what was generated
  RadixCache::Handle locked = nullptr;
  std::int64_t private_tokens = 0;  // KV slots that are not in the tree
  std::int64_t fill_left = 0;       // tokens still to prefill
  std::int64_t fill_now = 0;        // of these, in the current step
  std::int64_t generated = 0;
  std::int64_t cached = 0;
  std::int64_t retractions = 0;
  bool abort_asked = false;
  bool retracted = false;  // waits to be prefilled again
  SimTime arrived{};
  SimTime started{};
  SimTime last_token{};

  std::int64_t length() const { return static_cast<std::int64_t>(sequence.size()); }
  std::int64_t prompt_tokens() const {
    return job.reported_prompt_tokens.value_or(static_cast<std::int64_t>(job.prompt.size()));
  }
  Progress progress() const { return {prompt_tokens(), cached, generated}; }
};

}  // namespace ktl::standin
