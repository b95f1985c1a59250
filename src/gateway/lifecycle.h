#pragma once
// The journey of a generation request, from its head to the last byte of its answer.
#include "gateway/services.h"
#include "net/http_server.h"
#include "protocol/endpoint.h"

namespace ktl::gateway {

// Serves one POST to `endpoint`. Runs on the loop of `services`.
net::Task<void> serve(net::HttpExchange& http, LoopServices& services, protocol::Endpoint endpoint);

}  // namespace ktl::gateway
