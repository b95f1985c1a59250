// An answer that is not a stream: taken whole, looked at, settled, and only then passed on. Also the way of every error
// status of the engine.
#include <algorithm>

#include "gateway/departure.h"
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/engine_error.h"
#include "protocol/messages.h"
#include "protocol/response_body.h"

namespace ktl::gateway {
namespace {

// What was used if the answer does not say: the prompt as counted, and the answer's text counted, within its bound.
TokenUsage usage_by_count(const Exchange& x, std::string_view body) {
  TokenUsage usage{.prompt = x.prompt_tokens, .completion = 0, .cached = 0, .reasoning = 0};
  if (protocol::generates_text(x.endpoint))
    usage.completion = std::min(x.output_bound, x.model->counter->count_text(body).tokens);
  return usage;
}

bool costs_tokens(protocol::Endpoint endpoint) {
  return endpoint != protocol::Endpoint::tokenize && endpoint != protocol::Endpoint::messages_count_tokens;
}

}  // namespace

Task<void> relay_whole(Exchange& x, upstream::Link& link, upstream::Link::Call call, Departure& departure) {
  Services& services = x.shared();
  net::ClientConnection& connection = *call.connection;
  departure.connection() = &connection;
  const int status = call.head->status;
  const std::string content_type(call.head->headers.get("content-type"));
  std::optional<Error> broken;
  while (!connection.all_received() && !broken) {
    const auto more = co_await connection.receive(services.options.answer_timeout);
    if (!more) {
      broken = more.error();
    } else if (connection.body().size() > static_cast<std::size_t>(services.options.max_response_bytes)) {
      broken = Error{ErrorCode::too_large, ErrorSource::upstream, Retry::no, "the answer is too large"};
    }
  }
  departure.connection() = nullptr;
  const bool left = departure.client_left();
  const std::string_view body = connection.body();

  if (broken) {
    x.usage = {.prompt = x.prompt_tokens, .completion = 0, .cached = 0, .reasoning = 0};
    x.outcome = left ? "client_left" : "engine_failed";
    if (left) {
      x.status = 499;
      settle(x, ledger::Outcome::client_left);
      co_return;
    }
    x.count_engine_failure();
    services.log.warn("an answer broke off", {{"upstream", x.upstream_name}, {"rid", x.id.view()}, {"reason", broken->message}});
    departure.stop_engine();
    settle(x, ledger::Outcome::engine_failed);
    protocol::ApiError error = protocol::engine_failed(x.language);
    if (broken->code == ErrorCode::timeout) error = protocol::engine_timeout(x.language, services.options.answer_timeout);
    co_await reply_error(x, std::move(error));
    co_return;
  }

  const protocol::ResponseFacts facts = protocol::inspect_response(x.endpoint, body);
  const bool failed = status >= 400 || facts.error.has_value() || !facts.is_json;
  if (failed) {
    protocol::ApiError error = protocol::engine_failed(x.language);
    if (status >= 400) {
      error = protocol::from_engine(status, body, x.language);
    } else if (facts.error) {
      error = protocol::to_api_error(*facts.error, x.language);
    }
    x.outcome = "engine_failed";
    if (error.status < 500) {
      settle(x, ledger::Outcome::engine_failed);  // the client's mistake: no tokens, but it was a request
    } else if (status >= 400 || facts.error) {
      x.count_engine_failure();
      release(x);
    } else {
      x.count_engine_failure();
      x.usage = usage_by_count(x, {});
      settle(x, ledger::Outcome::engine_failed);
    }
    x.permit.give_back();
    connection.consume(body.size());
    link.pool().give_back(std::move(call.connection));
    co_await reply_error(x, error, error.status == 503 ? "retry-after: 1\r\n" : "");
    co_return;
  }

  if (facts.usage && costs_tokens(x.endpoint)) {
    x.usage = *facts.usage;
    x.usage_known = true;
  } else if (costs_tokens(x.endpoint)) {
    x.usage = usage_by_count(x, body);
  }
  x.outcome = left ? "client_left" : "ok";
  settle(x, left ? ledger::Outcome::client_left : ledger::Outcome::ok);
  x.permit.give_back();

  std::string& out = x.on.out;
  out.clear();
  protocol::rewrite_response(body, facts, x.asked_model, protocol::id_prefix_of(x.endpoint), out);
  x.first_token = x.on.loop.now();
  x.status = status;
  std::string& headers = x.on.headers;
  headers.assign("content-type: ").append(content_type.empty() ? "application/json" : content_type).append("\r\n");
  append_account_headers(headers, x);
  // The connection goes back first: `out` does not depend on it, and the next request may need it.
  connection.consume(body.size());
  link.pool().give_back(std::move(call.connection));
  const bool sent = co_await x.http.reply(status, headers, out);
  if (!sent) x.status = 499;
}

}  // namespace ktl::gateway
