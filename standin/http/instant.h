#pragma once
// Answers of a fixed shape that bypass the simulation: the upstream of benchmarks. Every answer has
// StandinOptions::chunks tokens (or max_tokens, if that is less), one per chunk; chunk_interval paces a stream. The
// books know them by their totals only.
#include "standin/http/standin.h"

namespace ktl::standin {

net::Task<void> instant_chat(Standin& standin, net::HttpExchange& exchange);
net::Task<void> instant_completion(Standin& standin, net::HttpExchange& exchange);

}  // namespace ktl::standin
