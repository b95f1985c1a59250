#pragma once
// Everything that one request holds while it travels: what is known about it, and the guards of what it holds. Guards
// stand last, in the order in which they are acquired, so that every path out of the journey gives them back in the
// reverse order.
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "gateway/prompt_script.h"
#include "gateway/services.h"
#include "net/http_server.h"
#include "protocol/api_error.h"
#include "protocol/body_edit.h"
#include "protocol/endpoint.h"
#include "protocol/language.h"
#include "protocol/trace_context.h"
#include "upstream/gate.h"

namespace ktl::gateway {

struct Exchange {
  Exchange(net::HttpExchange& http_exchange, LoopServices& services, protocol::Endpoint what);

  Services& shared() const { return on.shared; }
  std::span<const ScopeId> scopes() const { return {scope_ids.data(), scope_count}; }
  void add_scope(ScopeId scope);
  void add_model_scope(ScopeId scope);  // after key and user, where the ledger wants it
  void count_engine_failure();
  void count_refusal();  // of the model; Metrics counts the reasons

  net::HttpExchange& http;
  LoopServices& on;

  // --- read head
  protocol::Endpoint endpoint;
  MonoTime started;
  WallTime arrived;
  RequestId id;
  protocol::Language language;
  protocol::Dialect dialect;
  protocol::TraceContext trace;
  std::shared_ptr<const Catalogue> catalogue;  // the picture this request began with

  // --- authenticate
  ScopeId on_behalf_of = ScopeId::none;  // the key that is charged, instead of one that is presented
  const identity::Principal* principal = nullptr;
  std::array<ScopeId, ledger::kMaxScopes> scope_ids{};  // key, user, (model,) global, groups
  std::size_t scope_count = 0;

  // --- read body, route, estimate: scalars of the request, because its view dies with the next request on this loop
  const Model* model = nullptr;
  std::string asked_model;  // as the client wrote it, which is what it gets back
  bool stream = false;
  bool include_usage = false;
  bool continuous_usage = false;
  std::int64_t prompt_tokens = 0;  // counted by us
  tokenizer::CountMethod count_method = tokenizer::CountMethod::estimate;
  PromptScript script;
  bool comparable = false;          // the engine's prompt_tokens are of the same texts: no media, no token ids
  std::int64_t learnable = 0;       // messages of a chat whose template is being learned; 0: nothing to learn from
  std::int64_t learned_around = 0;  // what was added for the template
  std::int64_t output_bound = 0;    // tokens, over all choices
  std::int64_t reserve_tokens = 0;
  bool admitted_unshared = false;  // by this gateway alone, while the shared store was lost
  std::string rid;                 // the engine's name for this request
  protocol::EditedBody body;       // as the engine gets it

  // --- the end
  TokenUsage usage;
  bool usage_known = false;                         // the engine said it
  int status = 0;                                   // sent to the client; 499 = it left first
  std::optional<std::chrono::microseconds> queued;  // how long it waited for its place at the engine
  std::optional<MonoTime> first_token;
  std::string_view outcome = "refused";
  std::string limit;  // that refused, for the log
  std::string upstream_name;

  // --- guards
  Charge charge;
  upstream::Permit permit;
};

}  // namespace ktl::gateway
