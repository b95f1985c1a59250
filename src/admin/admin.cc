// One request, from its head to its answer: route, caller, body, page.
#include "admin/admin.h"

#include "admin/cors.h"
#include "admin/messages.h"
#include "admin/note.h"
#include "admin/routes.h"
#include "admin/sampled.h"
#include "admin/scopes.h"
#include "base/text.h"
#include "gateway/long_body.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

Answer refusal_of(Verdict verdict, const Page& page) {
  switch (verdict) {
    case Verdict::key_missing:
      return answer_of(protocol::missing_api_key(page.language), "www-authenticate: Bearer\r\n");
    case Verdict::key_invalid:
      return answer_of(protocol::invalid_api_key(page.language, page.caller.key), "www-authenticate: Bearer\r\n");
    case Verdict::admin_required:
    case Verdict::allowed:
      break;
  }
  return answer_of(protocol::admin_key_required(page.language));
}

// What can be said without the page: preflights, wrong paths and methods, callers without the right. nullopt: go on.
std::optional<Answer> answer_early(Page& page, const Found& found) {
  const net::RequestHead& head = page.head;
  if (found.allow.empty()) return answer_of(protocol::unknown_path(page.language, head.method, head.path));
  const std::string allow = "allow: " + found.allow + "\r\n";
  if (head.method == "OPTIONS") {
    Answer answer{.status = 204, .content_type = {}, .header_lines = allow};
    const bool preflight = head.headers.has("origin") && head.headers.has("access-control-request-method");
    if (preflight && !page.options().allowed_origins.empty())
      answer.header_lines += preflight_lines(head.headers, found.allow);
    return answer;
  }
  if (found.route == nullptr)
    return answer_of(protocol::method_not_allowed(page.language, head.method, head.path), allow);

  Need need = found.route->need;
  if ((found.route->answer == &metrics || found.route->inquire == &engine_metrics) && page.options().metrics_open)
    need = Need::nothing;
  const Verdict verdict = decide(need, page.caller, page.options());
  if (verdict != Verdict::allowed) return refusal_of(verdict, page);

  auto rest = percent_decode(found.rest);
  if (!rest || !is_utf8(*rest)) return answer_of(invalid_query(page.language));
  page.rest = std::move(*rest);
  return std::nullopt;
}

Answer body_refusal(const Error& error, const Page& page, std::size_t limit) {
  if (error.code == ErrorCode::too_large) return answer_of(protocol::body_too_large(page.language, limit));
  return answer_of(protocol::bad_http(page.language, error.code == ErrorCode::timeout ? 408 : 400));
}

void log_access(const Page& page, const Answer& answer, const RequestId& id, MonoTime began) {
  telemetry::AccessLog* log = page.gateway().access_log;
  if (log == nullptr) return;
  const Clock& clock = page.gateway().clock;
  const auto* principal = page.caller.principal;
  telemetry::AccessEntry entry;
  entry.at = clock.wall();
  entry.request_id = id.view();
  if (principal != nullptr) {
    entry.user = principal->user_name;
    entry.key_mask = principal->key_name;
  }
  entry.method = page.head.method;
  entry.path = page.head.path;
  entry.status = answer.status;
  entry.total = std::chrono::duration_cast<std::chrono::microseconds>(clock.mono() - began);
  entry.outcome = answer.status < 400 ? "ok" : "refused";
  log->write(entry);
}

// Probes come every few seconds and would bury the rest.
bool is_probe(const Found& found) {
  return found.route != nullptr && (found.route->need == Need::nothing || found.route->answer == &metrics ||
                                    found.route->inquire == &engine_metrics);
}

// On another thread: it waits for the store.
net::Task<Answer> at_the_desk(Page& page, const Route& route) {
  Answer answer;
  if (page.state.services.management == nullptr) co_return answer_of(reload_unavailable(page.language));
  Desk desk{.management = *page.state.services.management,
            .language = page.language,
            .who = who_asks(page),
            .kind = route.kind,
            .name = page.rest,
            .query = page.head.query,
            .body = page.body,
            .if_match = page.head.headers.get("if-match"),
            .now = page.gateway().clock.wall(),
            .accounting = &page.gateway().accounting};
  const auto work = [&answer, &desk, &route] { answer = route.desk(desk); };
  co_await page.gateway().offload.run(page.on.loop, work);
  co_return answer;
}

}  // namespace

Admin::Admin(AdminServices services) : state_(std::make_unique<State>(std::move(services))) {
  register_sampled(state_->services);
  state_->services.registry.sampled_gauge("token_limiter_viewers", "Connections that watch the live samples.",
                                          [&feed = state_->feed] { return static_cast<double>(feed.viewers()); });
  std::vector<std::string> engines;
  for (const upstream::Upstream* engine : state_->services.upstreams) engines.push_back(engine->name());
  state_->gauges = std::make_unique<LiveGauges>(state_->services.registry, state_->feed, engines);
  state_->look_at_gateway();
}

Admin::~Admin() = default;

void Admin::publish(std::shared_ptr<const monitor::Sample> sample) {
  state_->gauges->meet(*sample);
  state_->feed.publish(frame_of(std::move(sample), state_->services.options.version));
}

void Admin::close_streams() {
  state_->feed.close(farewell());
}

net::Task<void> Admin::serve(net::HttpExchange& http, gateway::LoopServices& loop, const Session* session) {
  const MonoTime began = state_->services.gateway.clock.mono();
  Page page{.head = http.head(), .on = loop, .state = *state_, .catalogue = state_->services.gateway.catalogue.get()};
  state_->look_at_gateway();
  const net::HeaderList& headers = page.head.headers;
  page.language = protocol::language_of(headers.get("accept-language"));
  page.caller =
      identify(headers, http.peer_is_loopback(), *page.catalogue, page.options(), page.gateway().clock.wall(), session);

  const Found found = find_route(page.head.method, page.head.path);
  std::optional<Answer> answer = answer_early(page, found);
  if (!answer && found.route->max_body > 0) {
    auto body = co_await http.read_body(found.route->max_body);
    if (!body && body.error().code == ErrorCode::closed) co_return;
    if (body) page.body = *body;
    if (!body) answer = body_refusal(body.error(), page, found.route->max_body);
  }
  if (!answer && found.route->usage != Usage::none) {
    const auto user = found.route->usage == Usage::user ? std::optional<std::string_view>(page.rest) : std::nullopt;
    co_await look_at_usage(loop, *page.catalogue, user);
  }
  if (!answer && found.route->answer != nullptr) {
    const auto work = [&answer, &found, &page] { answer = found.route->answer(page); };
    if (page.body.size() < gateway::kLongBody)  // pages that take longer ones keep off the loop's own things
      work();
    else
      co_await page.gateway().offload.run(loop.loop, work);
  }
  if (!answer && found.route->desk != nullptr) answer = co_await at_the_desk(page, *found.route);
  if (!answer && found.route->inquire != nullptr) answer = co_await found.route->inquire(page);

  const RequestId id = RequestId::make(loop.rng);
  if (!answer) {
    std::string stream_lines = "content-type: text/event-stream; charset=utf-8\r\ncache-control: no-store\r\n";
    stream_lines.append("x-accel-buffering: no\r\nx-request-id: ").append(id.view()).append("\r\n");
    stream_lines += cors_lines(headers, page.options().allowed_origins);
    answer = co_await found.route->stream(page, http, std::move(stream_lines));
    if (!answer) {
      log_access(page, {}, id, began);
      co_return;
    }
  }
  std::string lines = "cache-control: no-store\r\nx-request-id: ";
  lines.append(id.view()).append("\r\n");
  if (!answer->content_type.empty()) lines.append("content-type: ").append(answer->content_type).append("\r\n");
  lines += answer->header_lines;
  lines += cors_lines(headers, page.options().allowed_origins);
  if (!is_probe(found)) log_access(page, *answer, id, began);
  co_await http.reply(answer->status, lines, answer->body);
}

std::span<upstream::Upstream* const> Admin::upstreams() const {
  return state_->services.upstreams;
}

}  // namespace ktl::admin
