#include "admin/routes.h"

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
    {"GET", "/v1/models/*", Need::key, show_model},
    {"GET", "/token-info", Need::key_or_local, token_info},
    {"POST", "/token-info", Need::key_or_local, token_info, nullptr, kMaxText},
    {"GET", "/stats/*", Need::owner, user_stats, nullptr, 0, Usage::user},
    {"GET", "/admin/users", Need::admin_read, list_users, nullptr, 0, Usage::all},
    {"GET", "/admin/usage", Need::admin_read, list_usage, nullptr, 0, Usage::all},
    {"GET", "/admin/limits", Need::admin_read, list_limits},
    {"GET", "/admin/bans", Need::admin_read, list_bans},
    {"POST", "/admin/bans", Need::admin_change, add_ban, nullptr, kMaxOrder},
    {"DELETE", "/admin/bans/*", Need::admin_change, lift_ban},
    {"POST", "/admin/reload", Need::admin_change, reload},
    {"GET", "/admin/overview", Need::admin_read, overview},
    {"GET", "/admin/engine", Need::admin_read, engines},
    {"GET", "/admin/gpu", Need::admin_read, gpus},
    {"GET", "/admin/series", Need::admin_read, nullptr, series_page},
    {"GET", "/admin/events", Need::admin_read, nullptr, nullptr, 0, Usage::none, stream_samples},
    {"GET", "/admin/sglang/performance", Need::admin_read, nullptr, engine_performance},
    {"GET", "/admin/sglang/runtime-info", Need::admin_read, nullptr, runtime_info},
    {"GET", "/sglang/runtime-info", Need::admin_read, nullptr, runtime_info},
};

bool leads_to(std::string_view pattern, std::string_view path, std::string_view& rest) {
  if (!pattern.ends_with('*')) return pattern == path;
  pattern.remove_suffix(1);
  if (!path.starts_with(pattern) || path.size() == pattern.size()) return false;
  rest = path.substr(pattern.size());
  return true;
}

void allow(Found& found, std::string_view method) {
  if (!found.allow.empty()) found.allow += ", ";
  found.allow += method;
}

}  // namespace

Found find_route(std::string_view method, std::string_view path) {
  Found found;
  for (const Route& route : kRoutes) {
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
