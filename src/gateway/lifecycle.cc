// The journey of a request, top to bottom.
//
//   authenticate    who asks?                                    401
//   refuse early    may that key ask anything now?               403, 429, 503: the body is not read
//   read request    body, model, cost, the engine's copy         4xx
//                   -- from here on we know who pays, and how much at most
//   reserve         every limit at once, written down            429, 503
//                   -- from here on leaving costs something, unless it is released
//   admit           a place in flight at an engine               503
//   dispatch        sent; the engine's first word is awaited     502, 503, 504
//   relay           to the client, settled before its last byte
//   finish          metrics, access log; on every path
#include "gateway/lifecycle.h"

#include "gateway/departure.h"
#include "gateway/exchange.h"
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/messages.h"

namespace ktl::gateway {
namespace {

// No engine gave an answer at all.
Task<void> answer_unreachable(Exchange& x, const Error& error, Departure& departure) {
  Services& services = x.shared();
  if (departure.client_left()) {
    x.status = 499;
    x.outcome = "client_left";
    if (x.body.size > 0 && error.source != ErrorSource::client) x.usage.prompt = x.prompt_tokens;
    settle(x, ledger::Outcome::client_left);
    co_return;
  }
  x.count_engine_failure();
  services.log.warn("no answer from the engine",
                    {{"upstream", x.upstream_name}, {"rid", x.id.view()}, {"reason", error.message}});
  x.outcome = "engine_failed";
  if (error.code == ErrorCode::timeout && error.message.find("connecting") == std::string::npos) {
    departure.stop_engine();
    x.usage.prompt = x.prompt_tokens;  // it may have read all of it
    settle(x, ledger::Outcome::engine_failed);
    co_await reply_error(x, protocol::engine_timeout(x.language, services.options.answer_timeout));
    co_return;
  }
  release(x);
  co_await reply_error(x, protocol::engine_unavailable(x.language), "retry-after: 1\r\n");
}

// From a reservation to an answer. Another engine is tried only while none has seen the request.
Task<void> carry_out(Exchange& x) {
  upstream::Upstream* engine = upstream::choose(x.model->upstreams);
  KTL_CHECK(engine != nullptr, "configuration gives every model an upstream");
  for (;;) {
    const bool admitted = co_await admit(x, *engine);
    if (!admitted) co_return;
    upstream::Link& link = x.on.links.to(*engine);
    Departure departure(x);
    auto call = co_await dispatch(x, link, departure);
    if (call) {
      const std::string_view type = call->head->headers.get("content-type");
      if (call->head->status == 200 && type.starts_with("text/event-stream")) {
        co_await relay_stream(x, link, std::move(*call), departure);
      } else {
        co_await relay_whole(x, link, std::move(*call), departure);
      }
      co_return;
    }
    upstream::Upstream* other = call.error().retry == Retry::yes && !departure.client_left()
                                    ? upstream::choose(x.model->upstreams, engine)
                                    : nullptr;
    if (other == nullptr || other->health() == upstream::Health::down) {
      co_await answer_unreachable(x, call.error(), departure);
      co_return;
    }
    x.permit.give_back();
    engine = other;
  }
}

Task<void> journey(Exchange& x) {
  bool goes_on = co_await authenticate(x);
  if (goes_on) goes_on = co_await refuse_early(x);
  if (goes_on) goes_on = co_await read_request(x);
  if (goes_on) goes_on = co_await reserve(x);
  if (goes_on) co_await carry_out(x);
}

}  // namespace

Task<void> serve(net::HttpExchange& http, LoopServices& services, protocol::Endpoint endpoint, ScopeId on_behalf_of) {
  Exchange x(http, services, endpoint);
  x.on_behalf_of = on_behalf_of;
  services.shared.metrics.in_flight.add();
  co_await journey(x);
  finish(x);
  services.shared.metrics.in_flight.subtract();
}

}  // namespace ktl::gateway
