#include "config/print.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text.h"

namespace ktl::config {
namespace {

// A line of `name: value` at a depth; texts in double quotes, which JSON and YAML share.
class Printer {
 public:
  template <class... Args>
  void line(int depth, fmt::format_string<Args...> form, Args&&... args) {
    out_.append(static_cast<std::size_t>(depth) * 2, ' ');
    fmt::format_to(std::back_inserter(out_), form, std::forward<Args>(args)...);
    out_.push_back('\n');
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::string list_of(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) out += (out.size() > 1 ? ", " : "") + json_quoted(text);
  return out + "]";
}

std::string limits_of(const quota::Limits& limits) {
  std::string out = "{";
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto kind = static_cast<quota::LimitKind>(i);
    if (limits[kind] == quota::kUnlimited) continue;
    fmt::format_to(std::back_inserter(out), "{}{}: {}", out.size() > 1 ? ", " : "", quota::name_of(kind), limits[kind]);
  }
  return out + "}";
}

std::string duration_of(Millis duration) {
  if (duration.count() % 1000 != 0) return fmt::format("{}ms", duration.count());
  return fmt::format("{}s", duration.count() / 1000);
}

// A secret is either set or not; more is not shown.
std::string_view secret_of(const Secret& secret) {
  return secret.empty() ? "\"\"" : "\"…\"";
}

void print_server(Printer& out, const Server& server) {
  const Timeouts& t = server.timeouts;
  out.line(0, "server:");
  out.line(1, "host: {}", json_quoted(server.host));
  out.line(1, "port: {}", server.port);
  out.line(1, "threads: {}", server.threads);
  out.line(1, "max_connections: {}", server.max_connections);
  out.line(1, "max_head_bytes: {}", server.max_head_bytes);
  out.line(1,
           "timeouts: {{client_head: {}, client_body: {}, client_write: {}, keep_alive: {}, connect: {}, "
           "first_event: {}, stream_idle: {}, drain: {}}}",
           duration_of(t.client_head), duration_of(t.client_body), duration_of(t.client_write),
           duration_of(t.keep_alive), duration_of(t.connect), duration_of(t.first_event), duration_of(t.stream_idle),
           duration_of(t.drain));
}

void print_engines(Printer& out, const Config& config) {
  out.line(0, "upstreams:");
  for (const Upstream& u : config.upstreams) {
    const bool bracketed = u.host.find(':') != std::string::npos;
    out.line(1, "- name: {}", json_quoted(u.name));
    out.line(2, "url: \"http://{}{}{}:{}\"", bracketed ? "[" : "", u.host, bracketed ? "]" : "", u.port);
    out.line(2, "type: {}", name_of(u.type));
    if (!u.models.empty()) out.line(2, "models: {}", list_of(u.models));
    out.line(2, "api_key: {}", secret_of(u.api_key));
    out.line(2, "admin_api_key: {}", secret_of(u.admin_api_key));
    out.line(2, "weight: {}", u.weight);
    out.line(2, "max_in_flight: {}", u.max_in_flight);
    out.line(2, "queue: {{limit: {}, timeout: {}}}", u.queue.limit, duration_of(u.queue.timeout));
  }
  out.line(0, "models:");
  for (const Model& m : config.models) {
    out.line(1, "{}:", json_quoted(m.alias));
    out.line(2, "upstream_model: {}", json_quoted(m.upstream_model));
    out.line(2, "tokenizer: {}", json_quoted(m.tokenizer));
    out.line(2, "context_length: {}", m.context_length);
    if (m.default_max_tokens) out.line(2, "default_max_tokens: {}", *m.default_max_tokens);
    if (m.limits != quota::Limits{}) out.line(2, "limits: {}", limits_of(m.limits));
  }
}

void print_rules(Printer& out, const Config& config) {
  out.line(0, "default_limits: {}", limits_of(config.default_limits));
  out.line(0, "global_limits: {}", limits_of(config.global_limits));
  out.line(0, "tokenizer:");
  out.line(1, "model_name: {}", json_quoted(config.tokenizer.model_name));
  out.line(1, "korean_factor: {}", config.tokenizer.korean_factor);
  out.line(1, "max_length: {}", config.tokenizer.max_length);
  out.line(1, "default_max_tokens: {}", config.tokenizer.default_max_tokens);
  out.line(0, "storage:");
  out.line(1, "type: {}", name_of(config.storage.type));
  out.line(1, "sqlite_path: {}", json_quoted(config.storage.sqlite_path));
  out.line(1, "redis_url: {}", json_quoted(without_password(config.storage.redis_url.reveal())));
  out.line(1, "redis_prefix: {}", json_quoted(config.storage.redis_prefix));
  out.line(1, "redis_ca_file: {}", json_quoted(config.storage.redis_ca_file));
  out.line(1, "redis_certificate_file: {}", json_quoted(config.storage.redis_certificate_file));
  out.line(1, "redis_key_file: {}", json_quoted(config.storage.redis_key_file));
  out.line(1, "outbox_path: {}", json_quoted(config.storage.outbox_path));
  out.line(1, "gateway_timeout: {}", duration_of(config.storage.gateway_timeout));
  out.line(1, "on_store_loss: {}", name_of(config.storage.on_store_loss));
  out.line(1, "leases: {}", name_of(config.storage.leases));
  out.line(1, "group_commit_ms: {}", config.storage.group_commit.count());
  out.line(1, "detail_days: {}", config.storage.detail_days);
  out.line(1, "ledger_days: {}", config.storage.ledger_days);
  const RateLimiting& r = config.rate_limiting;
  out.line(0, "rate_limiting:");
  out.line(1, "strict_mode: {}", r.strict_mode);
  out.line(1, "log_violations: {}", r.log_violations);
  out.line(1, "ban_threshold: {}", r.ban_threshold);
  out.line(1, "ban_window: {}", duration_of(r.ban_window));
  out.line(1, "ban_duration: {}", duration_of(r.ban_duration));
  out.line(1, "day_timezone: {}  # UTC{:+} min", json_quoted(r.day_timezone), r.day_offset.count() / 60'000);
  out.line(1, "rolling_day: {}", r.rolling_day);
  const Security& s = config.security;
  std::vector<std::string> masks;
  for (const AdminKey& key : s.admin_keys) masks.push_back(key.mask);
  out.line(0, "security:");
  out.line(1, "api_key_required: {}", s.api_key_required);
  out.line(1, "trust_loopback: {}", s.trust_loopback);
  out.line(1, "admin_keys: {}", list_of(masks));
  out.line(1, "max_body_bytes: {}", s.max_body_bytes);
  out.line(1, "allowed_origins: {}", list_of(s.allowed_origins));
}

void print_people(Printer& out, const Config& config) {
  out.line(0, "users:{}", config.users.empty() ? " {}" : "");
  for (const User& user : config.users) {
    out.line(1, "{}:", json_quoted(user.name));
    if (!user.description.empty()) out.line(2, "description: {}", json_quoted(user.description));
    if (user.admin) out.line(2, "admin: true");
    if (!user.models.empty()) out.line(2, "models: {}", list_of(user.models));
    out.line(2, "limits: {}", limits_of(user.limits));
  }
  // A list, unlike in the source: masks need not differ.
  out.line(0, "api_keys:{}", config.api_keys.empty() ? " []" : "  # masked");
  for (const ApiKey& key : config.api_keys) {
    out.line(1, "- {}: {{user: {}, label: {}, limits: {}, models: {}}}{}", json_quoted(key.mask), json_quoted(key.user),
             json_quoted(key.label), limits_of(key.limits), list_of(key.models),
             key.published ? "  # published demo key" : "");
  }
  out.line(0, "groups:{}", config.groups.empty() ? " {}" : "");
  for (const Group& group : config.groups)
    out.line(1, "{}: {{users: {}, limits: {}, description: {}}}", json_quoted(group.name), list_of(group.users),
             limits_of(group.limits), json_quoted(group.description));
}

void print_rest(Printer& out, const Config& config) {
  const Logging& l = config.logging;
  out.line(0, "logging: {{level: {}, format: {}, file: {}, access_log: {}, access_log_file: {}}}",
           telemetry::name_of(l.level), l.format == telemetry::LogFormat::json ? "json" : "logfmt", json_quoted(l.file),
           l.access_log, json_quoted(l.access_log_file));
  out.line(0, "metrics: {{open: {}}}", config.metrics.open);
}

}  // namespace

std::string without_password(std::string_view url) {
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(url);
  const std::size_t colon = url.substr(begin, at - begin).find(':');
  std::string out(url.substr(0, begin));
  if (colon != std::string_view::npos) out += std::string(url.substr(begin, colon)) + ":";
  return out + "…" + std::string(url.substr(at));
}

std::string to_yaml_without_people(const Config& config) {
  Printer out;
  print_server(out, config.server);
  out.line(0, "dashboard: {{enabled: {}, host: {}, port: {}}}", config.dashboard.enabled,
           json_quoted(config.dashboard.host), config.dashboard.port);
  print_engines(out, config);
  print_rules(out, config);
  print_rest(out, config);
  return out.take();
}

std::string to_yaml(const Config& config) {
  Printer out;
  print_people(out, config);
  return to_yaml_without_people(config) + out.take();
}

}  // namespace ktl::config
