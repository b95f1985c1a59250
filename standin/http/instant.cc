#include "standin/http/instant.h"

#include <algorithm>

#include "standin/http/chat_prompt.h"
#include "standin/http/dialect.h"
#include "standin/http/text_prompts.h"

namespace ktl::standin {
namespace {

constexpr std::string_view kPiece = "가나 ";

struct Instant {
  std::string rid;
  std::string model;
  std::int64_t prompt_tokens = 0;
  std::int64_t tokens = 0;
  bool stream = false;
  bool include_usage = false;
  bool continuous = false;
  bool chat = true;

  Progress usage(std::int64_t generated) const { return {prompt_tokens, 0, generated}; }
};

Instant read_instant(Standin& standin, Json body, bool chat) {
  Instant call;
  call.chat = chat;
  call.rid = text_or(body, "rid", "");
  if (call.rid.empty()) call.rid = standin.new_rid();
  call.model = text_or(body, "model", "default");
  call.stream = flag_or(body, "stream", false);
  if (const auto options = member(body, "stream_options"); options && options->is_object()) {
    call.include_usage = flag_or(*options, "include_usage", false);
    call.continuous = call.include_usage && flag_or(*options, "continuous_usage_stats", false);
  }
  auto most = integer(body, "max_completion_tokens");
  if (!most) most = integer(body, "max_tokens");
  call.tokens = std::max<std::int64_t>(1, std::min(standin.options().chunks, most.value_or(standin.options().chunks)));
  if (chat) {
    const auto prompt = read_chat_prompt(standin.options(), body);
    if (prompt) call.prompt_tokens = standin.tokenizer().count(prompt->text());
  } else if (const auto prompt = member(body, "prompt")) {
    call.prompt_tokens = count_text_prompts(standin.tokenizer(), *prompt);
  }
  return call;
}

std::string whole(const Instant& call, std::int64_t created, bool cache_report) {
  std::string out;
  out.reserve(512 + static_cast<std::size_t>(call.tokens) * kPiece.size());
  add(out, R"({"id":)", Quoted{call.rid},
      call.chat ? R"(,"object":"chat.completion","created":)" : R"(,"object":"text_completion","created":)", created,
      R"(,"model":)", Quoted{call.model},
      call.chat ? R"(,"choices":[{"index":0,"message":{"role":"assistant","content":")"
                : R"(,"choices":[{"index":0,"text":")");
  for (std::int64_t k = 0; k < call.tokens; ++k) out.append(kPiece);
  add(out,
      call.chat
          ? R"(","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"length","matched_stop":null}],"usage":)"
          : R"(","logprobs":null,"finish_reason":"length","matched_stop":null}],"usage":)",
      usage_json(call.usage(call.tokens), cache_report), R"(,"metadata":{"weight_version":"default"}})");
  return out;
}

net::Task<void> stream(Standin& standin, net::HttpExchange& exchange, const Instant& call, std::int64_t& generated) {
  auto dialect = call.chat ? chat_dialect() : completion_dialect();
  CallFacts& facts = dialect->facts;
  facts.ids = {call.rid};
  facts.model = call.model;
  facts.created = facts.began = standin.now_seconds();
  facts.include_usage = call.include_usage;
  facts.continuous_usage = call.continuous;
  const auto answer = std::make_shared<const Answer>();
  dialect->answers = {answer};

  exchange.start_stream(200, kStreamHeaders);
  std::string event;
  dialect->open(event, 0);
  const Millis interval = standin.options().chunk_interval;
  MonoTime next = standin.loop().now();
  for (generated = 0; generated < call.tokens; ++generated) {
    if (generated > 0 && interval.count() > 0) {
      next += interval;
      const auto wait = std::chrono::ceil<Millis>(next - standin.loop().now());
      if (wait.count() > 0) co_await standin.loop().sleep(wait);
    }
    // The first event carries the role event with it; the following ones are all alike, unless usage runs along.
    const bool last = !call.chat && generated + 1 == call.tokens;
    if (generated <= 1 || call.continuous || last) {
      if (generated > 0) event.clear();
      const Outcome end{FinishReason::length, call.usage(call.tokens), 0, {}, {}};
      dialect->piece(event, 0, kPiece, call.usage(generated + 1), last ? &end : nullptr);
    }
    if (standin.shutting_down() || exchange.client_gone()) co_return;
    const bool sent = co_await exchange.write(event);
    if (!sent) co_return;
  }
  event.clear();
  ChoiceResult result{answer, {}, {FinishReason::length, call.usage(call.tokens), 0, {}, {}}, {}};
  dialect->close(event, 0, result);
  dialect->finish(event, call.usage(call.tokens));
  co_await exchange.write_last(event);
}

net::Task<void> answer(Standin& standin, net::HttpExchange& exchange, bool chat) {
  const auto body = co_await exchange.read_body(kMostBody);
  if (!body) co_return;
  const auto json = standin.parse(exchange.head(), *body);
  if (!json) {
    co_await exchange.reply(400, kJsonHeaders, flat_error(json.error()));
    co_return;
  }
  const Instant call = read_instant(standin, *json, chat);
  const SimTime arrived = standin.now();
  std::int64_t generated = call.tokens;
  if (call.stream) {
    co_await stream(standin, exchange, call, generated);
  } else {
    co_await exchange.reply(200, kJsonHeaders, whole(call, standin.now_seconds(), false));
  }
  standin.engine().books().add_totals(call.prompt_tokens, generated, arrived);
}

}  // namespace

net::Task<void> instant_chat(Standin& standin, net::HttpExchange& exchange) {
  return answer(standin, exchange, true);
}
net::Task<void> instant_completion(Standin& standin, net::HttpExchange& exchange) {
  return answer(standin, exchange, false);
}

}  // namespace ktl::standin
