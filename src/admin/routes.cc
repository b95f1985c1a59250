#include "admin/routes.h"

#include <utility>
#include <vector>

#include "protocol/endpoint.h"

namespace ktl::admin {
namespace {

constexpr std::size_t kMaxText = 1 << 20;    // of a text to be counted
constexpr std::size_t kMaxOrder = 16 << 10;  // of an operator's order

constexpr Route kRoutes[] = {
    {"GET", "/health", Need::nothing, health},
    {"GET", "/livez", Need::nothing, liveness},
    {"GET", "/readyz", Need::nothing, readiness},
    {"GET", "/metrics", Need::admin_read, metrics},  // open by Options::metrics_open
    {"GET", "/metrics/engine/*", Need::admin_read, nullptr, engine_metrics},
    {"GET", "/v1/models", Need::key, list_models},
    {"GET", "/models", Need::key, list_models},
    {"GET", "/v1/models/**", Need::key, show_model},
    {"GET", "/token-info", Need::key_or_local, token_info},
    {"POST", "/token-info", Need::key_or_local, token_info, nullptr, kMaxText},
    {"GET", "/stats/**", Need::owner, user_stats, nullptr, 0, Usage::user},
    {"GET", "/admin/usage", Need::admin_read, list_usage, nullptr, 0, Usage::all},
    {"GET", "/admin/overview", Need::admin_read, overview},
    {"GET", "/admin/engine", Need::admin_read, engines},
    {"GET", "/admin/gpu", Need::admin_read, gpus},
    {"GET", "/admin/series", Need::admin_read, nullptr, series_page},
    {"GET", "/admin/events", Need::admin_read, nullptr, nullptr, 0, Usage::none, stream_samples},
    {"GET", "/openapi.json", Need::nothing, describe},
    {"POST", "/admin/reload", Need::admin_change, nullptr, reload},
    {"POST", "/admin/sglang/optimize", Need::admin_change, nullptr, optimize},
    {"POST", "/admin/sglang/warmup", Need::admin_change, nullptr, warmup, kMaxOrder},
    {"GET", "/admin/sglang/performance", Need::admin_read, nullptr, engine_performance},
    {"GET", "/admin/sglang/runtime-info", Need::admin_read, nullptr, runtime_info},
    {"GET", "/sglang/runtime-info", Need::admin_read, nullptr, runtime_info},
};

// A route to the desk.
struct Counter {
  std::string_view method;
  std::string_view path;
  Answer (*desk)(Desk&);
  Usage usage = Usage::none;
};

constexpr Counter kCounters[] = {
    {"GET", "/admin/users", list_users, Usage::all},
    {"POST", "/admin/users", create_user},
    {"GET", "/admin/users/*", show_user, Usage::user},
    {"PATCH", "/admin/users/*", change_user},
    {"DELETE", "/admin/users/*", remove_user},
    {"GET", "/admin/groups", list_groups, Usage::all},
    {"POST", "/admin/groups", create_group},
    {"GET", "/admin/groups/*", show_group, Usage::all},
    {"PATCH", "/admin/groups/*", change_group},
    {"DELETE", "/admin/groups/*", remove_group},
    {"GET", "/admin/keys", list_keys},
    {"POST", "/admin/keys", create_key},
    {"GET", "/admin/keys/*", show_key},
    {"PATCH", "/admin/keys/*", change_key},
    {"DELETE", "/admin/keys/*", revoke_key},
    {"POST", "/admin/keys/*/rotate", rotate_key},
    {"GET", "/admin/limits", list_limits},
    {"GET", "/admin/limits/effective", explain_limits, Usage::all},
    {"GET", "/admin/bans", list_bans},
    {"POST", "/admin/bans", add_ban},
    {"DELETE", "/admin/bans/*", lift_ban},
    {"GET", "/admin/usage/series", usage_series},
    {"GET", "/admin/usage/top", usage_top},
    {"GET", "/admin/config", show_config},
    {"GET", "/admin/violations", list_violations},
    {"GET", "/admin/audit", list_audit},
};

constexpr std::pair<std::string_view, ScopeKind> kLimited[] = {{"/admin/users/*/limits", ScopeKind::user},
                                                               {"/admin/groups/*/limits", ScopeKind::group},
                                                               {"/admin/models/*/limits", ScopeKind::model},
                                                               {"/admin/keys/*/limits", ScopeKind::key},
                                                               {"/admin/global/limits", ScopeKind::global}};

constexpr Route route_of(const Counter& counter, ScopeKind kind = ScopeKind::global) {
  const bool reads = counter.method == "GET";
  return {.method = counter.method,
          .path = counter.path,
          .need = reads ? Need::admin_read : Need::admin_change,
          .max_body = reads || counter.method == "DELETE" ? 0 : kMaxOrder,
          .usage = counter.usage,
          .desk = counter.desk,
          .kind = kind};
}

std::vector<Route> all_routes() {
  std::vector<Route> routes(std::begin(kRoutes), std::end(kRoutes));
  for (const Counter& counter : kCounters) routes.push_back(route_of(counter));
  for (const auto& [path, kind] : kLimited) {
    routes.push_back(route_of({"GET", path, show_limits, kind == ScopeKind::user ? Usage::user : Usage::all}, kind));
    routes.push_back(route_of({"PUT", path, put_limits}, kind));
    routes.push_back(route_of({"PATCH", path, patch_limits}, kind));
    routes.push_back(route_of({"DELETE", path, unset_limits}, kind));
  }
  return routes;
}

bool leads_to(std::string_view pattern, std::string_view path, std::string_view& rest) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path;
  const std::string_view before = pattern.substr(0, star);
  if (!path.starts_with(before)) return false;
  path.remove_prefix(before.size());
  if (pattern.ends_with("**")) {
    rest = path;
    return !rest.empty();
  }
  const std::string_view after = pattern.substr(star + 1);
  rest = path.substr(0, path.find('/'));
  return !rest.empty() && path.substr(rest.size()) == after;
}

void allow(Found& found, std::string_view method) {
  if (!found.allow.empty()) found.allow += ", ";
  found.allow += method;
}

}  // namespace

std::span<const Route> routes() {
  static const std::vector<Route> all = all_routes();
  return all;
}

Found find_route(std::string_view method, std::string_view path) {
  Found found;
  for (const Route& route : routes()) {
    std::string_view rest;
    if (!leads_to(route.path, path, rest)) continue;
    allow(found, route.method);
    if (route.method == "GET") allow(found, "HEAD");
    if (route.method != method && !(route.method == "GET" && method == "HEAD")) continue;
    found.route = &route;
    found.rest = rest;
  }
  if (found.allow.empty() && protocol::endpoint_of(path)) allow(found, "POST");
  if (!found.allow.empty()) allow(found, "OPTIONS");
  return found;
}

}  // namespace ktl::admin
