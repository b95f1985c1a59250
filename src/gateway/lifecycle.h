#pragma once
// The journey of a generation request, from its head to the last byte of its answer.
#include "gateway/services.h"
#include "net/http_server.h"
#include "protocol/endpoint.h"

namespace ktl::gateway {

// Serves one POST to `endpoint`. Runs on the loop of `services`. `on_behalf_of`: the scope of the key that it is
// charged to, instead of a key that the request presents; only for a caller who may do anything (the dashboard's
// playground).
net::Task<void> serve(net::HttpExchange& http, LoopServices& services, protocol::Endpoint endpoint,
                      ScopeId on_behalf_of = ScopeId::none);

}  // namespace ktl::gateway
