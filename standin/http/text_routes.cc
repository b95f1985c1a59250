// Tokenize, detokenize, and Anthropic's count_tokens.
#include "standin/http/chat_prompt.h"
#include "standin/http/routes.h"

namespace ktl::standin {
namespace {

constexpr std::int64_t kTokenizerMaxLength = 131072;  // of the tokenizer, not of the engine

void add_ids(std::string& out, const std::vector<TokenId>& ids) {
  out += '[';
  for (std::size_t i = 0; i < ids.size(); ++i) add(out, i > 0 ? "," : "", ids[i]);
  out += ']';
}

std::string tokenized(const std::vector<TokenId>& ids) {
  std::string out = R"({"tokens":)";
  add_ids(out, ids);
  add(out, R"(,"count":)", ids.size(), R"(,"max_model_len":)", kTokenizerMaxLength, "}");
  return out;
}

std::string tokenized_list(Tokenizer& tokenizer, const std::vector<std::string>& texts) {
  std::string tokens = "[", counts = "[";
  for (const std::string& text : texts) {
    const auto ids = tokenizer.encode(text);
    if (tokens.size() > 1) {
      tokens += ',';
      counts += ',';
    }
    add_ids(tokens, ids);
    add(counts, ids.size());
  }
  std::string out;
  add(out, R"({"tokens":)", tokens, R"(],"count":)", counts, R"(],"max_model_len":)", kTokenizerMaxLength, "}");
  return out;
}

tl::expected<std::string, ApiError> tokenize(Standin& standin, Json body) {
  if (member(body, "messages")) {
    const auto prompt = read_chat_prompt(standin.options(), body);
    if (!prompt) return tl::unexpected(prompt.error());
    return tokenized(standin.tokenizer().encode(prompt->text()));
  }
  const auto prompt = member(body, "prompt");
  if (!prompt) return tl::unexpected(schema_error("'body', 'prompt'", "Field required"));
  if (prompt->is_string()) return tokenized(standin.tokenizer().encode(text_or(body, "prompt", "")));
  return tokenized_list(standin.tokenizer(), texts(body, "prompt"));
}

tl::expected<std::string, ApiError> detokenize(Standin& standin, Json body) {
  const auto tokens = member(body, "tokens");
  simdjson::dom::array list;
  if (!tokens || tokens->get(list) != simdjson::SUCCESS) {
    return tl::unexpected(schema_error("'body', 'tokens'", "Field required"));
  }
  const auto decode = [&](simdjson::dom::array ids) {
    std::vector<TokenId> out;
    for (const Json id : ids) {
      std::uint64_t value = 0;
      if (id.get(value) == simdjson::SUCCESS) out.push_back(static_cast<TokenId>(value));
    }
    return json_quoted(standin.tokenizer().decode(out));
  };
  std::string text;
  simdjson::dom::array inner;
  if (list.begin() == list.end() || (*list.begin()).is_number()) {
    text = decode(list);
  } else {
    text = "[";
    for (const Json item : list) {
      if (item.get(inner) == simdjson::SUCCESS) add(text, text.size() > 1 ? "," : "", decode(inner));
    }
    text += "]";
  }
  return R"({"text":)" + text + "}";
}

tl::expected<std::string, ApiError> count(Standin& standin, Json body) {
  const auto prompt = read_messages_prompt(standin.options(), body);
  if (!prompt) return tl::unexpected(prompt.error());
  std::string out;
  add(out, R"({"input_tokens":)", standin.tokenizer().count(prompt->text()), "}");
  return out;
}

using Answerer = tl::expected<std::string, ApiError> (*)(Standin&, Json);
using ErrorShape = std::string (*)(const ApiError&);

net::Task<void> json_route(Standin& standin, net::HttpExchange& exchange, Answerer answer, ErrorShape shape) {
  const auto body = co_await exchange.read_body(kMostBody);
  if (!body) co_return;
  const auto json = standin.parse(exchange.head(), *body);
  const auto answered =
      json ? answer(standin, *json) : tl::expected<std::string, ApiError>(tl::unexpected(json.error()));
  if (answered) {
    co_await exchange.reply(200, kJsonHeaders, *answered);
  } else {
    co_await exchange.reply(answered.error().status, kJsonHeaders, shape(answered.error()));
  }
}

}  // namespace

net::Task<void> tokenize_route(Standin& standin, net::HttpExchange& exchange) {
  return json_route(standin, exchange, tokenize, flat_error);
}
net::Task<void> detokenize_route(Standin& standin, net::HttpExchange& exchange) {
  return json_route(standin, exchange, detokenize, flat_error);
}
net::Task<void> count_tokens_route(Standin& standin, net::HttpExchange& exchange) {
  return json_route(standin, exchange, count, messages_error);
}

}  // namespace ktl::standin
