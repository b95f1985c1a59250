#pragma once
// The journey of a generating request: checked, submitted to the engine, and answered in its dialect, whole or as a
// stream, with whatever misbehaviour was ordered.
#include "standin/http/dialect.h"
#include "standin/http/standin.h"

namespace ktl::standin {

struct Generation {
  struct Choice {
    std::vector<TokenId> prompt;
    std::int64_t reported_prompt_tokens = 0;  // 0 for the second and later copies of one prompt
    std::shared_ptr<const Answer> answer;
  };
  std::string rid;      // empty: make one
  bool copies = false;  // n > 1: the rid does not name them
  std::string model;
  std::vector<Choice> choices;
  std::optional<std::int64_t> max_tokens;
  bool ignore_eos = false;
  bool stream = false;
  bool include_usage = false;
  bool continuous_usage = false;
  Behaviour behaviour;
};

// The head of a stream is sent with its first event, not before. A client that leaves a stream after its head is
// noticed 2 s later, any other one by a look every 4 s (both scaled by speed), and then its work is aborted;
// StandinOptions::zombie takes the first of these away.
net::Task<void> run_generation(Standin& standin, net::HttpExchange& exchange, Generation generation,
                               std::unique_ptr<Dialect> dialect);

// Sends an error in the shape and with the status that this moment of this call has.
net::Task<void> refuse(Standin& standin, net::HttpExchange& exchange, bool stream, Dialect& dialect, ApiError error);

}  // namespace ktl::standin
