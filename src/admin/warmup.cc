// POST /admin/sglang/warmup: a few Korean prompts to each engine, so that its kernels are compiled and its caches are
// filled before users come; reports how long each took. Charged to nobody.
#include <algorithm>

#include "admin/inquiry.h"
#include "admin/json_object.h"
#include "admin/messages.h"
#include "admin/note.h"
#include "admin/pages.h"

namespace ktl::admin {
namespace {

constexpr Millis kPatience{120'000};
constexpr std::int64_t kMostRequests = 20, kMostTokens = 64;

constexpr std::string_view kPrompts[] = {
    "안녕하세요. 오늘 날씨가 어떤가요?",
    "대한민국의 수도는 어디이고, 그 도시의 역사를 두 문장으로 알려 주세요.",
    "다음 문장을 존댓말로 바꿔 주세요: 내일 회의는 몇 시에 시작해?",
    "한글로 된 짧은 시를 한 편 지어 주세요. 주제는 가을 하늘입니다.",
    "파이썬으로 리스트를 정렬하는 방법을 예제와 함께 한국어로 설명해 주세요.",
};

struct Attempt {
  std::string_view prompt;
  bool ok = false;
  double ms = 0;
  std::optional<std::int64_t> prompt_tokens{}, completion_tokens{};
  std::string problem{};
};

struct EngineView {
  upstream::Upstream* engine = nullptr;
  std::string model{};  // the engine's name for one that it serves
  std::vector<Attempt> attempts{};
};

void read_usage(std::string_view body, Attempt& attempt) {
  const auto answer = JsonObject::parse(body);
  const auto usage = answer ? answer->object("usage") : std::nullopt;
  if (!usage) return;
  attempt.prompt_tokens = usage->integer("prompt_tokens");
  attempt.completion_tokens = usage->integer("completion_tokens");
}

net::Task<void> attempt_one(upstream::Link& link, const EngineView& view, std::int64_t tokens, const Clock& clock,
                            Attempt& attempt) {
  const upstream::Permit permit = link.upstream().gate().try_enter();
  if (!permit) {
    attempt.problem = "busy";
    co_return;
  }
  JsonWriter json;
  json.begin_object().field("model", view.model).field("max_tokens", tokens).field("stream", false);
  json.key("messages").begin_array().begin_object().field("role", "user").field("content", attempt.prompt);
  json.end_object().end_array().end_object();
  const std::string body = json.take();
  const MonoTime began = clock.mono();
  auto answer = co_await link.fetch("POST", "/v1/chat/completions", body, upstream::Link::Key::normal, kPatience);
  attempt.ms = std::chrono::duration<double, std::milli>(clock.mono() - began).count();
  if (!answer) {
    attempt.problem = answer.error().message;
  } else if (answer->status != 200) {
    attempt.problem = "status " + std::to_string(answer->status);
  } else {
    attempt.ok = true;
    read_usage(answer->body, attempt);
  }
}

// One after the other: the first one tells how cold the engine was.
net::Task<void> warm(upstream::Link& link, EngineView& view, std::int64_t tokens, const Clock& clock) {
  for (Attempt& attempt : view.attempts) co_await attempt_one(link, view, tokens, clock, attempt);
}

void write_view(JsonWriter& json, const EngineView& view) {
  const bool ok = std::all_of(view.attempts.begin(), view.attempts.end(), [](const Attempt& one) { return one.ok; });
  json.begin_object().field("name", view.engine->name()).field("ok", ok).key("requests").begin_array();
  std::vector<double> times;
  for (const Attempt& attempt : view.attempts) {
    json.begin_object().field("prompt", attempt.prompt).field("ok", attempt.ok).field("ms", attempt.ms);
    json.field("prompt_tokens", attempt.prompt_tokens).field("completion_tokens", attempt.completion_tokens);
    json.field("error", attempt.problem.empty() ? std::nullopt : std::optional(attempt.problem)).end_object();
    if (attempt.ok) times.push_back(attempt.ms);
  }
  json.end_array().field("first_ms", times.empty() ? std::nullopt : std::optional(times.front()));
  std::sort(times.begin(), times.end());
  json.field("median_ms", times.empty() ? std::nullopt : std::optional(times[times.size() / 2])).end_object();
}

}  // namespace

net::Task<Answer> warmup(Page& page) {
  const auto order = JsonObject::parse(page.body.empty() ? "{}" : page.body);
  if (!order) co_return answer_of(invalid_body(page.language));
  const std::int64_t requests = order->has("requests") ? order->integer("requests").value_or(0) : 4;
  const std::int64_t tokens = order->has("max_tokens") ? order->integer("max_tokens").value_or(0) : 16;
  if (requests < 1 || requests > kMostRequests) co_return answer_of(invalid_value(page.language, "requests"));
  if (tokens < 1 || tokens > kMostTokens) co_return answer_of(invalid_value(page.language, "max_tokens"));

  std::vector<EngineView> views;
  for (upstream::Upstream* engine : page.state.services.upstreams) {
    EngineView view{.engine = engine};
    for (const gateway::Model& model : page.catalogue->models) {
      const bool serves = std::find(model.upstreams.begin(), model.upstreams.end(), engine) != model.upstreams.end();
      if (serves && view.model.empty()) view.model = model.served_name;
    }
    for (std::int64_t i = 0; i < requests; ++i)
      view.attempts.push_back({.prompt = kPrompts[static_cast<std::size_t>(i) % std::size(kPrompts)]});
    views.push_back(std::move(view));
  }
  Inquiry all(page.on.loop);
  for (EngineView& view : views) all.start(warm(page.on.links.to(*view.engine), view, tokens, page.gateway().clock));
  co_await all;
  co_await note(page, "engine.warmup", "engines");
  JsonWriter json;
  json.begin_object().key("upstreams").begin_array();
  for (const EngineView& view : views) write_view(json, view);
  json.end_array().field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  co_return answer_of(json);
}

}  // namespace ktl::admin
