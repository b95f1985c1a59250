// POST /admin/sglang/optimize: brings the places in flight of each engine to what the engine can batch. With more, the
// surplus waits inside the engine, first come first served; with fewer, places of the batch stay empty. Says what it
// changed, and why not where it did not.
#include <algorithm>

#include "admin/inquiry.h"
#include "admin/note.h"
#include "admin/pages.h"
#include "protocol/json_cursor.h"

namespace ktl::admin {
namespace {

using protocol::JsonCursor;
using protocol::JsonKind;
using protocol::JsonString;

constexpr Millis kPatience{2'000};
constexpr int kMaxDepth = 64;

enum class Found : std::uint8_t { unreachable, unknown, fits, changed };

struct EngineView {
  upstream::Upstream* engine = nullptr;
  bool answered = false;
  std::optional<std::int64_t> batch{};  // requests that it runs at once
  Found found = Found::unreachable;
  std::int64_t before = 0, after = 0;
};

// The member of the top object, or of one of its internal_states.
std::optional<std::int64_t> find_number(JsonCursor& in, std::string_view wanted) {
  std::optional<std::int64_t> found;
  if (!in.enter_object()) return found;
  for (JsonString name; in.next_member(name);) {
    const bool states = name.is("internal_states") && in.peek() == JsonKind::array;
    if (std::string_view digits; name.is(wanted) && in.peek() == JsonKind::number) {
      if (in.read_number(digits)) found = protocol::to_integer(digits);
    } else if (states && in.enter_array()) {
      while (in.next_element()) {
        const auto inner = in.peek() == JsonKind::object ? find_number(in, wanted) : (in.skip(), std::nullopt);
        if (!found) found = inner;
      }
    } else {
      in.skip();
    }
  }
  return found;
}

std::optional<std::int64_t> number_in(std::string_view json, std::string_view name) {
  JsonCursor in(json, kMaxDepth);
  const auto number = find_number(in, name);
  return in.ok() && number.value_or(0) > 0 ? number : std::nullopt;
}

net::Task<void> ask(upstream::Link& link, EngineView& view) {
  if (link.upstream().options().type != upstream::EngineType::sglang) {
    view.answered = view.engine->health() == upstream::Health::up;
    co_return;
  }
  auto answer = co_await link.fetch("GET", "/server_info", {}, upstream::Link::Key::normal, kPatience);
  if (!answer) co_return;
  view.answered = true;
  if (answer->status != 200) co_return;
  view.batch = number_in(answer->body, "max_running_requests");
  const auto in_effect = number_in(answer->body, "effective_max_running_requests_per_dp");
  if (in_effect) view.batch = *in_effect * number_in(answer->body, "dp_size").value_or(1);
}

// Never above what the operator configured.
void adapt(EngineView& view) {
  upstream::Gate& gate = view.engine->gate();
  view.before = view.after = gate.limit();
  if (!view.answered) return;
  view.found = Found::unknown;
  if (!view.batch) return;
  const std::int64_t fitting = std::min(*view.batch, view.engine->options().in_flight.limit);
  view.found = fitting == view.before ? Found::fits : Found::changed;
  if (view.found == Found::fits) return;
  gate.set_limit(fitting);
  view.after = fitting;
}

std::string_view code_of(Found found) {
  switch (found) {
    case Found::unreachable:
      return "engine_unreachable";
    case Found::unknown:
      return "unknown_batch_limit";
    case Found::fits:
      return "already_applied";
    case Found::changed:
      break;
  }
  return "engine_batch_limit";
}

std::string_view reason_of(Found found, protocol::Language language) {
  const bool korean = language == protocol::Language::korean;
  switch (found) {
    case Found::unreachable:
      return korean ? "엔진이 답하지 않아 바꾸지 않았습니다" : "the engine does not answer; nothing was changed";
    case Found::unknown:
      return korean ? "엔진이 배치 크기를 알려 주지 않아 바꾸지 않았습니다"
                    : "the engine does not tell its batch size; nothing was changed";
    case Found::fits:
      return korean ? "이미 알맞아 바꾸지 않았습니다" : "it fits already; nothing was changed";
    case Found::changed:
      break;
  }
  return korean ? "엔진이 한 번에 처리하는 수에 맞추었습니다" : "set to what the engine runs at once";
}

std::string write_views(const std::vector<EngineView>& views, const Page& page) {
  const auto is_changed = [](const EngineView& view) { return view.found == Found::changed; };
  JsonWriter json;
  json.begin_object().field("changed", std::any_of(views.begin(), views.end(), is_changed));
  json.key("upstreams").begin_array();
  for (const EngineView& view : views) {
    json.begin_object().field("name", view.engine->name()).field("changed", is_changed(view));
    json.key("in_flight_limit").begin_object().field("before", view.before).field("after", view.after).end_object();
    json.field("code", code_of(view.found)).field("reason", reason_of(view.found, page.language)).end_object();
  }
  json.end_array().field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  return json.take();
}

}  // namespace

net::Task<Answer> optimize(Page& page) {
  std::vector<EngineView> views;
  for (upstream::Upstream* engine : page.state.services.upstreams) views.push_back({.engine = engine});
  Inquiry all(page.on.loop);
  for (EngineView& view : views) all.start(ask(page.on.links.to(*view.engine), view));
  co_await all;
  bool changed = false;
  for (EngineView& view : views) {
    adapt(view);
    changed = changed || view.found == Found::changed;
  }
  std::string told = write_views(views, page);
  if (changed) co_await note(page, "engine.optimize", "engines", told);
  co_return Answer{.body = std::move(told)};
}

}  // namespace ktl::admin
