// Control: abort, the live batch cap, the cache; and the stand-in's own doors for tests.
#include <charconv>

#include "standin/http/books_json.h"
#include "standin/http/routes.h"

namespace ktl::standin {

net::Task<void> abort_route(Standin& standin, net::HttpExchange& exchange) {
  const auto body = co_await exchange.read_body(kMostBody);
  if (!body) co_return;
  const auto json = standin.parse(exchange.head(), *body);
  if (!json) {
    co_await exchange.reply(400, kJsonHeaders, flat_error(json.error()));
    co_return;
  }
  standin.abort(text_or(*json, "rid", ""), flag_or(*json, "abort_all", false));
  co_await exchange.reply(200, "server: uvicorn\r\n", "");
}

net::Task<void> set_internal_state_route(Standin& standin, net::HttpExchange& exchange) {
  const auto body = co_await exchange.read_body(kMostBody);
  if (!body) co_return;
  const auto json = standin.parse(exchange.head(), *body);
  if (!json) {
    co_await exchange.reply(400, kJsonHeaders, flat_error(json.error()));
    co_return;
  }
  bool applied = false;
  simdjson::dom::object args;
  if (const auto server_args = member(*json, "server_args");
      server_args && server_args->get(args) == simdjson::SUCCESS) {
    const auto cap = integer(*server_args, "pp_max_micro_batch_size");
    applied = args.size() == 1 && cap && standin.engine().set_batch_cap(*cap);
  }
  standin.pump();
  co_await exchange.reply(200, kJsonHeaders, applied ? "[true]" : "[false]");
}

net::Task<void> flush_cache_route(Standin& standin, net::HttpExchange& exchange) {
  standin.pump();
  const bool flushed = standin.engine().flush_cache();
  co_await exchange.reply(flushed ? 200 : 400, kTextHeaders,
                          flushed
                              ? "Cache flushed.\nPlease check backend logs for more details. (When there are running "
                                "or waiting requests, the operation will not be performed.)\n"
                              : "Flush cache failed: requests are running or waiting.\n");
}

net::Task<void> books_route(Standin& standin, net::HttpExchange& exchange) {
  standin.pump();
  const std::string_view query = exchange.head().query;
  BooksQuery wanted;
  wanted.rid = query_value(query, "rid").value_or("");
  wanted.summary = query_value(query, "summary").value_or("0") == "1";
  const std::string since = query_value(query, "since").value_or("0");
  std::from_chars(since.data(), since.data() + since.size(), wanted.since);
  co_await exchange.reply(200, kJsonHeaders, books_json(standin.engine(), standin.now(), wanted));
}

net::Task<void> reset_route(Standin& standin, net::HttpExchange& exchange) {
  standin.pump();
  standin.engine().books().reset();
  standin.set_behaviour({});
  co_await exchange.reply(200, kJsonHeaders, "{}");
}

// GET shows the global misbehaviour; POST replaces it, from a JSON object or from the query; neither: none at all.
net::Task<void> behave_route(Standin& standin, net::HttpExchange& exchange) {
  if (exchange.head().method == "GET") {
    co_await exchange.reply(200, kJsonHeaders, standin.behaviour().json());
    co_return;
  }
  const std::string query(exchange.head().query);
  const auto body = co_await exchange.read_body(1 << 20);
  if (!body) co_return;
  Behaviour behaviour;
  std::string unknown;
  behaviour.apply(query, unknown);
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (!body->empty() && parser.parse(body->data(), body->size(), true).get(object) == simdjson::SUCCESS) {
    for (const auto& [key, value] : object) {
      std::string text = simdjson::minify(value);
      if (text.size() > 1 && text.front() == '"') text = text.substr(1, text.size() - 2);
      if (text == "null") continue;
      if (text == "true") text.clear();
      if (!behaviour.set(key, text)) add(unknown, unknown.empty() ? "" : ", ", key);
    }
  } else if (!body->empty()) {
    behaviour.apply(*body, unknown);
  }
  if (!unknown.empty()) {
    std::string out;
    add(out, R"({"error":)", Quoted{"unknown: " + unknown}, "}");
    co_await exchange.reply(400, kJsonHeaders, out);
    co_return;
  }
  standin.set_behaviour(behaviour);
  co_await exchange.reply(200, kJsonHeaders, behaviour.json());
}

}  // namespace ktl::standin
