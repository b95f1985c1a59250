#pragma once
// How a stand-in server was launched. Names follow the launch flags of the real server where there is one.
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "standin/engine/engine.h"
#include "standin/engine/tokenizer.h"

namespace ktl::standin {

struct StandinOptions {
  EngineOptions engine;
  std::string model_path = "Qwen/Qwen2.5-1.5B-Instruct";
  std::string served_model_name = "qwen";
  std::string host = "127.0.0.1";
  int port = 30000;
  std::shared_ptr<Tokenizer> tokenizer;  // null: by weight
  std::string api_key;                   // empty: none
  std::string admin_api_key;             // empty: none
  bool enable_metrics = true;
  bool enable_cache_report = true;
  bool embedding = false;        // an embedding server instead of a generating one
  bool zombie = false;           // v0.5.18/19: a stream whose client left after its first chunk runs on to its own end
  bool shape_0_5_9 = false;      // full null-filled chunks, and every error of a stream inside HTTP 200
  bool aggregate_loads = false;  // /v1/loads of 0.5.9
  Millis health_delay{1000};     // at speed 1
  std::int64_t stream_interval = 1;  // tokens per chunk
  std::uint64_t seed = 1;
  std::int64_t answer_tokens_min = 16;
  std::int64_t answer_tokens_max = 256;

  // Fixed-shape answers that bypass the simulation: an upstream for benchmarks.
  bool instant = false;
  std::int64_t chunks = 32;
  Millis chunk_interval{0};
};

}  // namespace ktl::standin
