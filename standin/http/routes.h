#pragma once
// All routes of the stand-in, and who may use them.
#include <string_view>

#include "standin/http/standin.h"

namespace ktl::standin {

using RouteHandler = net::Task<void> (*)(Standin&, net::HttpExchange&);

enum class Access : unsigned char { open, normal, admin };  // admin: ADMIN_OPTIONAL of the real server

struct Route {
  std::string_view methods;  // "GET", "POST", "GET POST"
  std::string_view path;     // a trailing '*' stands for any rest
  Access access;
  RouteHandler handler;
};

// The route of a path, or null. `method_allowed` tells whether its methods contain this one.
const Route* find_route(std::string_view path, std::string_view method, bool& method_allowed);

// generation_routes.cc
net::Task<void> chat_route(Standin&, net::HttpExchange&);
net::Task<void> completion_route(Standin&, net::HttpExchange&);
net::Task<void> responses_route(Standin&, net::HttpExchange&);
net::Task<void> messages_route(Standin&, net::HttpExchange&);
net::Task<void> generate_route(Standin&, net::HttpExchange&);
// text_routes.cc
net::Task<void> tokenize_route(Standin&, net::HttpExchange&);
net::Task<void> detokenize_route(Standin&, net::HttpExchange&);
net::Task<void> count_tokens_route(Standin&, net::HttpExchange&);
// embedding_routes.cc
net::Task<void> embeddings_route(Standin&, net::HttpExchange&);
net::Task<void> rerank_route(Standin&, net::HttpExchange&);
net::Task<void> score_route(Standin&, net::HttpExchange&);
// info_routes.cc
net::Task<void> models_route(Standin&, net::HttpExchange&);
net::Task<void> model_route(Standin&, net::HttpExchange&);
net::Task<void> model_info_route(Standin&, net::HttpExchange&);
net::Task<void> server_info_route(Standin&, net::HttpExchange&);
net::Task<void> loads_route(Standin&, net::HttpExchange&);
net::Task<void> get_load_route(Standin&, net::HttpExchange&);
net::Task<void> metrics_route(Standin&, net::HttpExchange&);
net::Task<void> health_route(Standin&, net::HttpExchange&);
net::Task<void> ping_route(Standin&, net::HttpExchange&);
// control_routes.cc
net::Task<void> abort_route(Standin&, net::HttpExchange&);
net::Task<void> set_internal_state_route(Standin&, net::HttpExchange&);
net::Task<void> flush_cache_route(Standin&, net::HttpExchange&);
net::Task<void> books_route(Standin&, net::HttpExchange&);
net::Task<void> reset_route(Standin&, net::HttpExchange&);
net::Task<void> behave_route(Standin&, net::HttpExchange&);

}  // namespace ktl::standin
