// GET /admin/sglang/runtime-info: how the engines were started and what they made of it. The engine's answer is never
// passed on as it is (server_info.h).
#include "admin/inquiry.h"
#include "admin/pages.h"
#include "admin/server_info.h"

namespace ktl::admin {
namespace {

constexpr Millis kPatience{2'000};

struct EngineView {
  upstream::Upstream* engine = nullptr;
  bool answered = false;
  std::string said{};  // the body of a 200

  bool is_sglang() const { return engine->options().type == upstream::EngineType::sglang; }
};

net::Task<void> ask(upstream::Link& link, EngineView& view) {
  const std::string_view path = view.is_sglang() ? "/server_info" : "/version";
  auto answer = co_await link.fetch("GET", path, {}, upstream::Link::Key::normal, kPatience);
  if (!answer) co_return;
  view.answered = true;
  if (answer->status == 200) view.said = std::move(answer->body);
}

bool write_members(JsonWriter& json, const EngineView& view) {
  return view.is_sglang() ? write_harmless_server_info(json, view.said) : write_engine_version(json, view.said);
}

}  // namespace

net::Task<Answer> runtime_info(Page& page) {
  std::vector<EngineView> views;
  for (upstream::Upstream* engine : page.state.services.upstreams) views.push_back({.engine = engine});
  Inquiry all(page.on.loop);
  for (EngineView& view : views) all.start(ask(page.on.links.to(*view.engine), view));
  co_await all;

  bool answered = false;
  for (const EngineView& view : views) answered = answered || view.answered;
  JsonWriter json;
  json.begin_object();
  json.field("sglang_server", answered ? "healthy" : "unreachable");
  json.field("timestamp", timestamp(page.gateway().clock.wall()));
  for (const EngineView& view : views)
    if (write_members(json, view)) break;  // the first that tells, at the top, as the original system did
  json.key("upstreams").begin_array();
  for (const EngineView& view : views) {
    json.begin_object().field("name", view.engine->name());
    json.field("type", view.is_sglang() ? "sglang" : "vllm");
    json.field("status", view.answered ? "healthy" : "unreachable");
    json.key("info").begin_object();
    write_members(json, view);
    json.end_object().end_object();
  }
  json.end_array().end_object();
  co_return answer_of(json);
}

}  // namespace ktl::admin
