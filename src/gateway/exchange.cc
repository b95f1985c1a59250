#include "gateway/exchange.h"

#include <algorithm>

#include "base/check.h"

namespace ktl::gateway {

Exchange::Exchange(net::HttpExchange& http_exchange, LoopServices& services, protocol::Endpoint what)
    : http(http_exchange),
      on(services),
      endpoint(what),
      started(services.loop.now()),
      arrived(services.shared.clock.wall()),
      id(RequestId::make(services.rng)),
      language(protocol::language_of(http_exchange.head().headers.get("accept-language"))),
      dialect(what == protocol::Endpoint::messages || what == protocol::Endpoint::messages_count_tokens
                  ? protocol::Dialect::anthropic
                  : protocol::Dialect::openai),
      trace(protocol::trace_context(http_exchange.head().headers.get("traceparent"),
                                    http_exchange.head().headers.get("tracestate"), id, services.rng)),
      catalogue(services.shared.catalogue.get()) {}

void Exchange::add_scope(ScopeId scope) {
  KTL_CHECK(scope_count < scope_ids.size(), "configuration bounds the number of groups of a user");
  scope_ids[scope_count++] = scope;
}

void Exchange::add_model_scope(ScopeId scope) {
  constexpr std::size_t kPlace = 2;
  KTL_CHECK(scope_count >= kPlace, "the key and its user are known before the model");
  add_scope(scope);
  std::rotate(scope_ids.begin() + kPlace, scope_ids.begin() + scope_count - 1, scope_ids.begin() + scope_count);
}

void Exchange::count_engine_failure() {
  shared().metrics.engine_failures.add();
  if (model != nullptr) model->metrics->engine_failures.add();
}

void Exchange::count_refusal() {
  if (model != nullptr) model->metrics->refused.add();
}

}  // namespace ktl::gateway
