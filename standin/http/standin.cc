#include "standin/http/standin.h"

#include <algorithm>

#include "standin/engine/weight_tokenizer.h"
#include "standin/http/routes.h"

namespace ktl::standin {
namespace {

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<unsigned char>(a[i]) ^ (i < b.size() ? static_cast<unsigned char>(b[i]) : 1u);
  }
  return difference == 0;
}

std::string_view bearer_token(const net::RequestHead& head) {
  constexpr std::string_view kScheme = "bearer ";
  const std::string_view value = head.headers.get("authorization");
  if (value.size() < kScheme.size() || !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) return {};
  return value.substr(kScheme.size());
}

}  // namespace

Standin::Standin(net::EventLoop& loop, StandinOptions options, WallTime wall)
    : loop_(loop),
      options_(std::move(options)),
      wall_at_start_(wall.time_since_epoch()),
      mono_at_start_(loop.now()),
      engine_(options_.engine),
      rng_(options_.seed) {
  if (!options_.tokenizer) options_.tokenizer = std::make_shared<WeightTokenizer>();
}

SimTime Standin::now() const {
  return wall_at_start_ + std::chrono::duration_cast<SimTime>(loop_.now() - mono_at_start_);
}

std::int64_t Standin::now_seconds() const {
  return std::chrono::duration_cast<std::chrono::seconds>(now()).count();
}

Millis Standin::scaled(Millis at_speed_one) const {
  const double speed = options_.engine.speed;
  return speed <= 0 ? Millis{0} : Millis{static_cast<std::int64_t>(static_cast<double>(at_speed_one.count()) / speed)};
}

void Standin::pump() {
  engine_.advance(now());
  const auto next = engine_.next_event();
  if (!next) {
    loop_.disarm(engine_timer_);
    return;
  }
  loop_.arm(engine_timer_, mono_at_start_ + (*next - wall_at_start_), [this] { pump(); });
}

void Standin::abort(std::string_view rid_prefix, bool all) {
  pump();
  engine_.abort(rid_prefix, all, now());
  pump();
}

void Standin::abort_later(std::shared_ptr<Inbox> inbox, std::vector<std::string> rids, Millis delay) {
  pending_aborts_.emplace_front();
  const auto entry = pending_aborts_.begin();
  entry->inbox = std::move(inbox);
  entry->rids = std::move(rids);
  loop_.arm(entry->timer, loop_.now() + delay, [this, entry] {
    if (!entry->inbox->all_ended()) {
      for (const std::string& rid : entry->rids) abort(rid, false);
    }
    pending_aborts_.erase(entry);
  });
}

void Standin::shut_down(net::HttpServer& server) {
  shutting_down_ = true;
  server.drain();
  abort("", true);
  for (const auto& weak : hanging_) {
    if (const auto inbox = weak.lock()) inbox->client_left();
  }
  stop_when_quiet(server, loop_.now() + kShutDownLimit);
}

void Standin::stop_when_quiet(net::HttpServer& server, MonoTime limit) {
  if ((server.open_connections() == 0 && loop_.spawned() == 0) || loop_.now() >= limit) {
    loop_.stop();
    return;
  }
  loop_.arm(quiet_timer_, loop_.now() + Millis{5}, [this, &server, limit] { stop_when_quiet(server, limit); });
}

void Standin::add_hanging(const std::shared_ptr<Inbox>& inbox) {
  std::erase_if(hanging_, [](const std::weak_ptr<Inbox>& weak) { return weak.expired(); });
  hanging_.push_back(inbox);
}

net::Task<void> nap(Standin& standin, Millis duration) {
  constexpr Millis kLongest{100};
  const MonoTime until = standin.loop().now() + duration;
  while (!standin.shutting_down() && standin.loop().now() < until) {
    co_await standin.loop().sleep(std::min(kLongest, std::chrono::ceil<Millis>(until - standin.loop().now())));
  }
}

Behaviour Standin::behaviour_for(const net::RequestHead& head) {
  Behaviour result;
  if (!behaviour_.times || *behaviour_.times > 0) {
    if (behaviour_.times) --*behaviour_.times;
    result = behaviour_;
  }
  std::string unknown;
  result.apply(head.headers.get("x-standin"), unknown);
  return result;
}

tl::expected<Json, ApiError> Standin::parse(const net::RequestHead& head, std::string_view body) {
  std::string_view type = head.headers.get("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (!equals_ignoring_case(type, "application/json")) {
    return tl::unexpected(schema_error("'body'", "Unsupported Media Type: Only 'application/json' is allowed"));
  }
  Json element;
  if (parser_.parse(body.data(), body.size(), false).get(element) != simdjson::SUCCESS) {
    return tl::unexpected(schema_error("'body', 0", "JSON decode error"));
  }
  if (!element.is_object()) {
    return tl::unexpected(
        schema_error("'body'", "Input should be a valid dictionary or object to extract fields from"));
  }
  return element;
}

std::string Standin::new_rid() {
  std::string bytes;
  for (int word = 0; word < 2; ++word) {
    const std::uint64_t random = rng_.next();
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>((random >> shift) & 0xFF));
  }
  return to_hex(bytes);
}

bool Standin::authorized(const net::RequestHead& head, bool admin) const {
  const std::string& key = options_.api_key;
  const std::string& admin_key = options_.admin_api_key;
  const std::string_view token = bearer_token(head);
  if (admin && !admin_key.empty()) return equal_in_constant_time(token, admin_key);
  return key.empty() || equal_in_constant_time(token, key);
}

net::Task<void> Standin::handle(net::HttpExchange& exchange) {
  const net::RequestHead& head = exchange.head();
  bool method_allowed = false;
  const Route* route = find_route(head.path, head.method, method_allowed);
  const bool open = (route != nullptr && route->access == Access::open) || head.method == "OPTIONS" ||
                    head.path.starts_with("/health") || head.path.starts_with("/metrics");
  if (!open && !authorized(head, route != nullptr && route->access == Access::admin)) {
    co_await exchange.reply(401, kJsonHeaders, R"({"error":"Unauthorized"})");
  } else if (route == nullptr) {
    co_await exchange.reply(404, kJsonHeaders, R"({"detail":"Not Found"})");
  } else if (!method_allowed) {
    co_await exchange.reply(405, kJsonHeaders, R"({"detail":"Method Not Allowed"})");
  } else {
    co_await route->handler(*this, exchange);
  }
}

net::ServerOptions Standin::server_options() const {
  net::ServerOptions options;
  options.keep_alive_timeout = Millis{5'000};
  options.error_answer = [](int, std::string_view reason) {
    return net::ServerOptions::ErrorAnswer{std::string(kTextHeaders),
                                           "Invalid HTTP request received: " + std::string(reason)};
  };
  return options;
}

std::optional<std::string> query_value(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view part = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);
    const std::size_t equals = part.find('=');
    if (part.substr(0, equals) != key) continue;
    return percent_decode(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
  }
  return std::nullopt;
}

}  // namespace ktl::standin
