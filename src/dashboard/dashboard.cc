#include "dashboard/dashboard.h"

#include <charconv>

#include "admin/access.h"
#include "admin/json_writer.h"
#include "admin/scopes.h"
#include "base/text.h"
#include "dashboard/assets.h"
#include "dashboard/browser.h"
#include "dashboard/html.h"
#include "dashboard/login_form.h"
#include "dashboard/messages.h"
#include "dashboard/simple_page.h"
#include "gateway/lifecycle.h"
#include "identity/api_key.h"
#include "protocol/messages.h"

namespace ktl::dashboard {
namespace {

constexpr std::size_t kMaxLogin = 4 << 10;
constexpr std::string_view kJson = "content-type: application/json; charset=utf-8\r\ncache-control: no-store\r\n";
constexpr std::string_view kHtml = "content-type: text/html; charset=utf-8\r\ncache-control: no-store\r\n";
// Which key a session's generation request is charged to: its scope number, as the admin pages show it.
constexpr std::string_view kOnBehalfHeader = "x-token-limiter-on-behalf-of";

bool changes_something(std::string_view method) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

protocol::Language language_of(const net::RequestHead& head) {
  return protocol::language_of(head.headers.get("accept-language"));
}

std::string html_lines() {
  return std::string(kHtml) + std::string(page_security_lines());
}

net::Task<void> reply_error(net::HttpExchange& http, protocol::ApiError error, std::string lines = {}) {
  lines.insert(0, kJson);
  co_await http.reply(error.status, lines, protocol::render(error));
}

ScopeId named_scope(const net::HeaderList& headers) {
  const std::string_view text = headers.get(kOnBehalfHeader);
  std::uint32_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return ScopeId::none;
  return ScopeId{number};
}

}  // namespace

struct Dashboard::Visitor {
  std::optional<admin::Session> session;
  bool by_session = false;  // and not with a key of its own
  bool may_read = false;
  std::shared_ptr<const gateway::Catalogue> catalogue;
};

Dashboard::Dashboard(DashboardOptions options, admin::Admin& admin, gateway::LoopServices& on)
    : options_(std::move(options)), admin_(admin), on_(on), sessions_(options_.sessions), guard_(options_.logins) {}

Dashboard::Visitor Dashboard::visitor_of(net::HttpExchange& http) {
  Visitor visitor;
  const WallTime now = on_.shared.clock.wall();
  const net::HeaderList& headers = http.head().headers;
  const std::string_view name = cookie(headers, options_.cookie_name);
  if (!name.empty()) visitor.session = sessions_.find(name, on_.loop.now());
  visitor.catalogue = on_.shared.catalogue.get();
  if (visitor.session && !admin::is_admin_key(visitor.session->admin_key, *visitor.catalogue, now)) {
    sessions_.close(name);
    visitor.session.reset();
  }
  const admin::Caller caller = admin::identify(headers, http.peer_is_loopback(), *visitor.catalogue, options_.admin,
                                               now, visitor.session ? &*visitor.session : nullptr);
  visitor.by_session = caller.key.empty() && visitor.session;
  visitor.may_read = admin::decide(admin::Need::admin_read, caller, options_.admin) == admin::Verdict::allowed;
  return visitor;
}

net::Task<void> Dashboard::serve(net::HttpExchange& http) {
  const net::RequestHead& head = http.head();
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (is_foreign(head.headers)) return reply_error(http, foreign_page(language_of(head)));
  if (reads && head.path == "/simple.css") return show_style(http);
  if (reads && (head.path == "/" || find_asset(head.path) != nullptr)) return show_asset(http);
  if (head.path == "/login" && head.method == "POST") return log_in(http, true);
  if (head.path == "/session" && head.method == "POST") return log_in(http, false);
  if (head.path == "/session" && head.method == "DELETE") return log_out(http);
  Visitor visitor = visitor_of(http);
  if (reads && head.path == "/session") return tell_session(http, std::move(visitor));
  if (reads && (head.path == "/simple" || head.path == "/login")) return show_simple(http, std::move(visitor));
  return pass_on(http, std::move(visitor));
}

net::Task<void> Dashboard::pass_on(net::HttpExchange& http, Visitor visitor) {
  const net::RequestHead& head = http.head();
  if (visitor.by_session && changes_something(head.method) && !is_deliberate(head.headers)) {
    co_await reply_error(http, foreign_page(language_of(head)));
    co_return;
  }
  const auto endpoint = protocol::endpoint_of(head.path);
  if (endpoint && head.method == "POST") {
    const ScopeId on_behalf_of = visitor.by_session ? named_scope(head.headers) : ScopeId::none;
    co_await gateway::serve(http, on_, *endpoint, on_behalf_of);
  } else {
    co_await admin_.serve(http, on_, visitor.session ? &*visitor.session : nullptr);
  }
}

net::Task<void> Dashboard::show_asset(net::HttpExchange& http) {
  const net::RequestHead& head = http.head();
  const Asset* asset = find_asset(head.path == "/" ? std::string_view("/index.html") : head.path);
  if (asset == nullptr) {
    co_await http.reply(200, html_lines(), page_without_scripts(language_of(head)));
    co_return;
  }
  std::string lines = "content-type: ";
  lines.append(asset->content_type).append("\r\netag: ").append(asset->etag).append("\r\nvary: accept-encoding\r\n");
  lines += asset->immutable ? "cache-control: public, max-age=31536000, immutable\r\n" : "cache-control: no-cache\r\n";
  lines += page_security_lines();
  if (head.headers.get("if-none-match").find(asset->etag) != std::string_view::npos) {
    co_await http.reply(304, lines, {});
    co_return;
  }
  const bool compressed = head.headers.get("accept-encoding").find("gzip") != std::string_view::npos;
  if (compressed) lines += "content-encoding: gzip\r\n";
  co_await http.reply(200, lines, compressed ? asset->gzip : asset->plain);
}

net::Task<void> Dashboard::show_style(net::HttpExchange& http) {
  co_await http.reply(200,
                      "content-type: text/css; charset=utf-8\r\ncache-control: max-age=3600\r\n"
                      "x-content-type-options: nosniff\r\n",
                      simple_style());
}

net::Task<void> Dashboard::show_simple(net::HttpExchange& http, Visitor visitor) {
  const net::RequestHead& head = http.head();
  const protocol::Language language = simple_language(head.query, language_of(head));
  if (head.path == "/login" || !visitor.may_read) {
    co_await http.reply(head.path == "/login" ? 200 : 401, html_lines(), login_form(language, {}));
    co_return;
  }
  co_await admin::look_at_usage(on_, *visitor.catalogue);
  const std::string page =
      simple_page(language, {on_.shared, *visitor.catalogue, admin_.upstreams(), options_.admin.version});
  co_await http.reply(200, html_lines() + "refresh: 10\r\n", page);
}

net::Task<void> Dashboard::tell_session(net::HttpExchange& http, Visitor visitor) {
  admin::JsonWriter json;
  json.begin_object()
      .field("admin", visitor.session.has_value())
      .field("may_read", visitor.may_read)
      .field("version", options_.admin.version)
      .end_object();
  const std::string body = json.take();
  co_await http.reply(200, kJson, body);
}

net::Task<void> Dashboard::log_in(net::HttpExchange& http, bool from_form) {
  const protocol::Language language = language_of(http.head());
  const std::string address = http.peer_address();
  auto body = co_await http.read_body(kMaxLogin);
  if (!body) co_return;
  const auto wait = guard_.wait(address, on_.loop.now());
  const auto key = from_form ? key_of_form(*body) : key_of_json(*body);
  const bool right =
      !wait && key &&
      admin::is_admin_key(identity::digest_of(*key), *on_.shared.catalogue.get(), on_.shared.clock.wall());
  if (!right) {
    if (!wait) guard_.failed(address, on_.loop.now());
    on_.shared.log.warn("a login to the dashboard was refused", {{"address", address}, {"too_often", wait ? 1 : 0}});
    const protocol::ApiError error = wait ? too_many_logins(language, *wait) : wrong_admin_key(language);
    std::string lines;
    if (wait) lines = "retry-after: " + std::to_string(std::chrono::ceil<std::chrono::seconds>(*wait).count()) + "\r\n";
    if (!from_form) {
      co_await reply_error(http, error, lines);
    } else {
      co_await http.reply(error.status, html_lines() + lines, login_form(language, error.message));
    }
    co_return;
  }
  auto name = identity::generate_api_key();  // 256 random bits are what a session needs, too
  if (!name) {
    co_await reply_error(http, protocol::internal_error(language));
    co_return;
  }
  sessions_.open(*name, {identity::digest_of(*key), identity::masked(*key)}, on_.loop.now());
  on_.shared.log.info("logged in to the dashboard", {{"address", address}, {"key", identity::masked(*key)}});
  const std::string lines = session_cookie_line(options_.cookie_name, *name, http.head().headers);
  if (from_form) {
    co_await http.reply(303, lines + "location: /simple\r\ncache-control: no-store\r\n", {});
  } else {
    co_await http.reply(200, lines + std::string(kJson), R"({"admin":true,"may_read":true})");
  }
}

net::Task<void> Dashboard::log_out(net::HttpExchange& http) {
  const net::HeaderList& headers = http.head().headers;
  const std::string_view name = cookie(headers, options_.cookie_name);
  if (!name.empty()) sessions_.close(name);
  const std::string lines = session_cookie_line(options_.cookie_name, {}, headers);
  co_await http.reply(200, lines + std::string(kJson), R"({"admin":false})");
}

}  // namespace ktl::dashboard
