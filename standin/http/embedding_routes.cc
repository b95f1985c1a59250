// Embeddings, rerank and score: small deterministic vectors and scores, booked by their prompt tokens only.
#include <algorithm>

#include "standin/http/routes.h"
#include "standin/http/text_prompts.h"

namespace ktl::standin {
namespace {

constexpr std::int64_t kDimensions = 8;

using Answered = tl::expected<std::string, ApiError>;

double score_of(std::string_view a, std::string_view b) {
  Rng rng(seed_of(a) ^ (seed_of(b) * 3));
  return rounded(rng.unit(), 6);
}

std::string embedding_of(std::string_view text, std::int64_t dimensions) {
  Rng rng(seed_of(text));
  std::string out = "[";
  for (std::int64_t i = 0; i < dimensions; ++i) add(out, i > 0 ? "," : "", rounded(rng.unit() * 2 - 1, 6));
  return out + "]";
}

ApiError not_an_embedding_model() {
  return {400,
          "This model does not appear to be an embedding model by default. Please add `--is-embedding` when launching "
          "the server or try another model."};
}

void book(Standin& standin, std::int64_t prompt_tokens) {
  standin.engine().books().add_totals(prompt_tokens, 0, standin.now());
}

Answered embeddings(Standin& standin, Json body) {
  if (!standin.options().embedding) return tl::unexpected(not_an_embedding_model());
  const auto input = member(body, "input");
  if (!input) return tl::unexpected(schema_error("'body', 'input'", "Field required"));
  std::vector<std::string> inputs = texts(body, "input");
  std::int64_t tokens = 0;
  for (const std::string& text : inputs) tokens += std::max<std::int64_t>(1, standin.tokenizer().count(text));
  simdjson::dom::array list;
  if (inputs.empty() && input->get(list) == simdjson::SUCCESS) {  // token ids, one list or several
    simdjson::dom::array inner;
    for (const Json item : list) {
      if (item.get(inner) != simdjson::SUCCESS) continue;
      inputs.push_back(simdjson::minify(item));
      tokens += static_cast<std::int64_t>(inner.size());
    }
    if (inputs.empty()) {
      inputs.push_back(simdjson::minify(*input));
      tokens = static_cast<std::int64_t>(list.size());
    }
  }
  if (inputs.empty() || tokens == 0) return tl::unexpected(ApiError{400, "Input cannot be empty"});
  const std::int64_t dimensions = std::clamp<std::int64_t>(integer(body, "dimensions").value_or(kDimensions), 1, 4096);
  std::string out = R"({"data":[)";
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    add(out, i > 0 ? "," : "", R"({"embedding":)", embedding_of(inputs[i], dimensions), R"(,"index":)", i,
        R"(,"object":"embedding"})");
  }
  book(standin, tokens);
  add(out, R"(],"model":)", Quoted{standin.options().model_path}, R"(,"object":"list","usage":)",
      usage_json({tokens, 0, 0}, false), "}");
  return out;
}

Answered rerank(Standin& standin, Json body) {
  const std::string query = text_or(body, "query", "");
  const std::vector<std::string> documents = texts(body, "documents");
  if (query.empty()) return tl::unexpected(ApiError{400, "Query cannot be empty or whitespace only"});
  if (documents.empty()) return tl::unexpected(ApiError{400, "Documents cannot be empty"});
  std::vector<std::size_t> order(documents.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return score_of(query, documents[a]) > score_of(query, documents[b]);
  });
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, integer(body, "top_n").value_or(1 << 20)));
  const bool with_documents = flag_or(body, "return_documents", true);
  Tokenizer& tokenizer = standin.tokenizer();
  const std::int64_t around = tokenizer.tokens_around_pair() + tokenizer.count(query);
  std::string out = "[";
  std::int64_t tokens = 0;
  for (std::size_t place = 0; place < order.size(); ++place) {
    const std::string& document = documents[order[place]];
    const std::int64_t cost = around + tokenizer.count(document);
    tokens += cost;
    if (place >= most) continue;
    add(out, place > 0 ? "," : "", R"({"score":)", score_of(query, document));
    if (with_documents) add(out, R"(,"document":)", Quoted{document});
    add(out, R"(,"index":)", order[place], R"(,"meta_info":{"id":)", Quoted{standin.new_rid()},
        R"(,"finish_reason":null,"prompt_tokens":)", cost, "}}");
  }
  book(standin, tokens);
  return out + "]";
}

// Query and items are each a text or token ids; the model reads them put together.
Answered score(Standin& standin, Json body) {
  Tokenizer& tokenizer = standin.tokenizer();
  const auto query = member(body, "query");
  const auto items = member(body, "items");
  const std::string query_text = text_or(body, "query", "");
  const bool item_first = flag_or(body, "item_first", false);
  std::int64_t labels = 1;
  simdjson::dom::array list;
  if (const auto ids = member(body, "label_token_ids"); ids && ids->get(list) == simdjson::SUCCESS) {
    labels = static_cast<std::int64_t>(list.size());
  }
  const std::vector<TextPrompt> prompts = items ? read_text_prompts(tokenizer, *items) : std::vector<TextPrompt>();
  if (prompts.empty()) return tl::unexpected(ApiError{400, "items cannot be empty"});
  std::string out = R"({"scores":[)";
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const std::string& item = prompts[i].text;
    add(out, i > 0 ? ",[" : "[");
    for (std::int64_t k = 0; k < labels; ++k) {
      add(out, k > 0 ? "," : "", score_of(query_text, item + std::to_string(k)));
    }
    out += "]";
    if (item.empty()) {
      const auto ids = static_cast<std::int64_t>(prompts[i].tokens.size());
      tokens += ids + (query ? count_text_prompts(tokenizer, *query) : 0);
    } else {
      tokens += tokenizer.count(item_first ? item + query_text : query_text + item);
    }
  }
  book(standin, tokens);
  add(out, R"(],"pooled_hidden_states":null,"model":)", Quoted{text_or(body, "model", "default")}, R"(,"usage":)",
      usage_json({tokens, 0, 0}, false), R"(,"object":"scoring"})");
  return out;
}

net::Task<void> embedding_route(Standin& standin, net::HttpExchange& exchange, Answered (*answer)(Standin&, Json)) {
  const auto body = co_await exchange.read_body(kMostBody);
  if (!body) co_return;
  const Behaviour behaviour = standin.behaviour_for(exchange.head());
  const auto json = standin.parse(exchange.head(), *body);
  Answered answered = json ? answer(standin, *json) : Answered(tl::unexpected(json.error()));
  if (behaviour.queue_full) answered = tl::unexpected(queue_full_error());
  if (behaviour.status) answered = tl::unexpected(ApiError{static_cast<int>(*behaviour.status), "told to fail"});
  if (answered) {
    co_await exchange.reply(200, kJsonHeaders, *answered);
  } else {
    co_await exchange.reply(answered.error().status, kJsonHeaders, flat_error(answered.error()));
  }
}

}  // namespace

net::Task<void> embeddings_route(Standin& standin, net::HttpExchange& exchange) {
  return embedding_route(standin, exchange, embeddings);
}
net::Task<void> rerank_route(Standin& standin, net::HttpExchange& exchange) {
  return embedding_route(standin, exchange, rerank);
}
net::Task<void> score_route(Standin& standin, net::HttpExchange& exchange) {
  return embedding_route(standin, exchange, score);
}

}  // namespace ktl::standin
