// The routes that generate: read, parse, run.
#include "standin/http/instant.h"
#include "standin/http/requests.h"
#include "standin/http/routes.h"

namespace ktl::standin {
namespace {

using Parser = Parsed (*)(Standin&, Json, const Behaviour&);

net::Task<void> generation_route(Standin& standin, net::HttpExchange& exchange, Parser parser,
                                 std::unique_ptr<Dialect> dialect) {
  const auto body = co_await exchange.read_body(kMostBody);
  if (!body) co_return;
  const auto json = standin.parse(exchange.head(), *body);
  if (!json) {
    co_await exchange.reply(400, kJsonHeaders, dialect->refusal(json.error()));
    co_return;
  }
  const bool stream = flag_or(*json, "stream", false);
  auto generation = parser(standin, *json, standin.behaviour_for(exchange.head()));
  if (generation) {
    co_await run_generation(standin, exchange, std::move(*generation), std::move(dialect));
  } else {
    dialect->facts.ids.push_back(standin.new_rid());
    co_await refuse(standin, exchange, stream, *dialect, generation.error());
  }
}

}  // namespace

net::Task<void> chat_route(Standin& standin, net::HttpExchange& exchange) {
  if (standin.options().instant) return instant_chat(standin, exchange);
  return generation_route(standin, exchange, parse_chat, chat_dialect());
}
net::Task<void> completion_route(Standin& standin, net::HttpExchange& exchange) {
  if (standin.options().instant) return instant_completion(standin, exchange);
  return generation_route(standin, exchange, parse_completion, completion_dialect());
}
net::Task<void> responses_route(Standin& standin, net::HttpExchange& exchange) {
  return generation_route(standin, exchange, parse_responses, responses_dialect());
}
net::Task<void> messages_route(Standin& standin, net::HttpExchange& exchange) {
  return generation_route(standin, exchange, parse_messages, messages_dialect());
}
net::Task<void> generate_route(Standin& standin, net::HttpExchange& exchange) {
  return generation_route(standin, exchange, parse_generate, generate_dialect());
}

}  // namespace ktl::standin
