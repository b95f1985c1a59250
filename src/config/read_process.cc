// The sections about the program itself: server, dashboard, limits for all, tokenizer, storage, rate_limiting,
// security, logging, metrics.
#include <algorithm>

#include "config/draft.h"
#include "config/fields.h"
#include "config/timezone.h"
#include "identity/api_key.h"

namespace ktl::config {
namespace {

using std::chrono::hours;

constexpr Millis kDay = hours(24);

void read_server(const Node& node, Server& server, Findings& findings) {
  Fields fields(node, findings);
  fields.text("host", server.host, false);
  fields.port("port", server.port, 0);
  fields.integer("threads", server.threads, 0, 1024);
  fields.integer("max_connections", server.max_connections, 1, 10'000'000);
  fields.integer("max_head_bytes", server.max_head_bytes, 1024, 1 << 20);
  if (const Node* timeouts = fields.map("timeouts")) {
    Fields inner(*timeouts, findings);
    Timeouts& t = server.timeouts;
    inner.duration("client_head", t.client_head, Millis(1), kDay);
    inner.duration("client_body", t.client_body, Millis(1), kDay);
    inner.duration("client_write", t.client_write, Millis(1), kDay);
    inner.duration("keep_alive", t.keep_alive, Millis(1), kDay);
    inner.duration("connect", t.connect, Millis(1), kDay);
    inner.duration("first_event", t.first_event, Millis(1), kDay);
    inner.duration("stream_idle", t.stream_idle, Millis(1), kDay);
    inner.duration("drain", t.drain, Millis(0), kDay);
    inner.finish();
  }
  fields.finish();
}

void read_dashboard(const Node& node, Draft& draft, Findings& findings) {
  Fields fields(node, findings);
  fields.flag("enabled", draft.config.dashboard.enabled);
  fields.text("host", draft.config.dashboard.host, false);
  fields.port("port", draft.config.dashboard.port, 0);
  fields.finish();
  draft.dashboard_place = node.at;
}

void read_limits(const Node& node, quota::Limits& limits, Findings& findings) {
  Fields fields(node, findings);
  fields.limits(limits);
  fields.finish();
}

void read_tokenizer(const Node& node, Tokenizer& tokenizer, Findings& findings) {
  Fields fields(node, findings);
  fields.text("model_name", tokenizer.model_name, false);
  fields.number("korean_factor", tokenizer.korean_factor, 0.01, 100);
  fields.integer("max_length", tokenizer.max_length, 1, 100'000'000);
  fields.integer("default_max_tokens", tokenizer.default_max_tokens, 1, 100'000'000);
  fields.finish();
}

// The limits' windows are rebuilt from single charges, so the last days must be kept; and a day that is given up must
// have been summed up before.
void check_retention(const Node& node, const Storage& storage, Findings& findings) {
  constexpr std::int64_t kFewest = 7;
  if (storage.detail_days > 0 && storage.detail_days < kFewest)
    findings.add(node.at, "detail_days: 0(영구 보관) 또는 {} 이상이어야 합니다",
                 "detail_days: must be 0 (for ever) or at least {}", kFewest);
  if (storage.ledger_days > 0 && (storage.detail_days == 0 || storage.ledger_days < storage.detail_days))
    findings.add(node.at, "ledger_days({})는 detail_days({})보다 짧을 수 없습니다 (0 = 영구 보관)",
                 "ledger_days ({}) must not be shorter than detail_days ({}); 0 = for ever", storage.ledger_days,
                 storage.detail_days);
}

void read_storage(const Node& node, Storage& storage, Findings& findings) {
  Fields fields(node, findings);
  fields.choice("type", storage.type,
                {{"sqlite", StorageType::sqlite}, {"redis", StorageType::redis}, {"memory", StorageType::memory}});
  fields.text("sqlite_path", storage.sqlite_path, false);
  fields.secret("redis_url", storage.redis_url);
  fields.text("redis_prefix", storage.redis_prefix, false);
  fields.text("redis_ca_file", storage.redis_ca_file, true);
  fields.text("redis_certificate_file", storage.redis_certificate_file, true);
  fields.text("redis_key_file", storage.redis_key_file, true);
  fields.text("outbox_path", storage.outbox_path, false);
  fields.duration("gateway_timeout", storage.gateway_timeout, Millis(1'000), kDay);
  fields.choice("on_store_loss", storage.on_store_loss,
                {{"closed", StoreLoss::closed}, {"local_share", StoreLoss::local_share}, {"open", StoreLoss::open}});
  fields.choice("leases", storage.leases, {{"off", Leases::off}, {"auto", Leases::automatic}});
  fields.duration("group_commit_ms", storage.group_commit, Millis(0), Millis(10'000), Millis(1));
  fields.integer("detail_days", storage.detail_days, 0, 36'500);
  fields.integer("ledger_days", storage.ledger_days, 0, 36'500);
  fields.finish();
  check_retention(node, storage, findings);
  const std::string& url = storage.redis_url.reveal();
  constexpr std::string_view kSchemes[] = {"redis://", "rediss://", "redis+cluster://", "rediss+cluster://"};
  const bool known = std::any_of(std::begin(kSchemes), std::end(kSchemes),
                                 [&url](std::string_view scheme) { return url.starts_with(scheme); });
  if (storage.type == StorageType::redis && !known)
    findings.add(node.at,
                 "redis_url: redis://, rediss://, redis+cluster://, rediss+cluster:// 가운데 하나로 시작해야 합니다",
                 "redis_url: must begin with redis://, rediss://, redis+cluster:// or rediss+cluster://");
}

void read_day(Fields& fields, RateLimiting& limiting, Findings& findings) {
  fields.flag("rolling_day", limiting.rolling_day);
  fields.text("day_timezone", limiting.day_timezone, false);
  const Node* zone = fields.child("day_timezone");
  if (zone == nullptr || zone->kind != Node::Kind::scalar) return;
  const auto offset = fixed_offset_of(limiting.day_timezone);
  if (offset) {
    limiting.day_offset = *offset;
  } else if (offset.error().code == ErrorCode::invalid) {
    findings.add(zone->at,
                 "day_timezone: '{}'에는 서머타임이 있습니다. 서머타임이 없는 시간대나 +09:00 같은 값을 쓰세요",
                 "day_timezone: '{}' has summer time; choose a zone without, or an offset such as +09:00",
                 shown(limiting.day_timezone));
  } else {
    const std::string usual[] = {"Asia/Seoul", "Asia/Tokyo", "Asia/Shanghai", "Asia/Singapore", "UTC"};
    findings.add(zone->at, "day_timezone: 알 수 없는 시간대 '{}'{}", "day_timezone: unknown time zone '{}'{}",
                 shown(limiting.day_timezone), did_you_mean(findings.language(), limiting.day_timezone, usual));
  }
}

void read_rate_limiting(const Node& node, RateLimiting& limiting, Findings& findings) {
  Fields fields(node, findings);
  fields.flag("strict_mode", limiting.strict_mode);
  fields.flag("log_violations", limiting.log_violations);
  fields.integer("ban_threshold", limiting.ban_threshold, 0, 1'000'000);
  fields.duration("ban_window", limiting.ban_window, Millis(1000), kDay);
  fields.duration("ban_duration", limiting.ban_duration, Millis(1000), 365 * kDay);
  read_day(fields, limiting, findings);
  fields.finish();
}

void read_security(const Node& node, Draft& draft, Findings& findings) {
  Security& security = draft.config.security;
  Fields fields(node, findings);
  fields.flag("api_key_required", security.api_key_required);
  fields.flag("trust_loopback", security.trust_loopback);
  fields.integer("max_body_bytes", security.max_body_bytes, 1024, std::int64_t{1} << 32);
  fields.texts("allowed_origins", security.allowed_origins);
  if (const Node* keys = fields.list("admin_keys")) {
    for (const Node& item : keys->items) {
      if (item.is_null()) continue;  // e.g. "${ADMIN_KEY:-}"
      const auto spec = identity::parse_key_spec(item.text);
      if (item.kind != Node::Kind::scalar || !spec) {
        findings.add(
            item.at, "admin_keys: 키로 쓸 수 없습니다 (8자 이상의 ASCII 문자, 또는 sha256:<64자리 16진수>)",
            "admin_keys: not usable as a key (at least 8 visible ASCII characters, or sha256:<64 hex digits>)");
        continue;
      }
      security.admin_keys.push_back({spec->digest, spec->mask});
      draft.admin_key_places.push_back(item.at);
    }
  }
  fields.finish();
}

void read_logging(const Node& node, Logging& logging, Findings& findings) {
  using telemetry::LogFormat;
  using telemetry::LogLevel;
  Fields fields(node, findings);
  fields.choice(
      "level", logging.level,
      {{"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn}, {"error", LogLevel::error}});
  fields.choice("format", logging.format, {{"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}});
  fields.text("file", logging.file);
  fields.flag("access_log", logging.access_log);
  fields.text("access_log_file", logging.access_log_file);
  fields.finish();
}

}  // namespace

const Node& section(const Node& root, const std::string& name) {
  static const Node nothing;
  const Node::Entry* entry = root.find(name);
  return entry == nullptr ? nothing : entry->value;
}

void read_process(const Node& root, Draft& draft, Findings& findings) {
  Config& config = draft.config;
  read_server(section(root, "server"), config.server, findings);
  read_dashboard(section(root, "dashboard"), draft, findings);
  read_limits(section(root, "default_limits"), config.default_limits, findings);
  read_limits(section(root, "global_limits"), config.global_limits, findings);
  read_tokenizer(section(root, "tokenizer"), config.tokenizer, findings);
  read_storage(section(root, "storage"), config.storage, findings);
  read_rate_limiting(section(root, "rate_limiting"), config.rate_limiting, findings);
  read_security(section(root, "security"), draft, findings);
  read_logging(section(root, "logging"), config.logging, findings);
  Fields metrics(section(root, "metrics"), findings);
  metrics.flag("open", config.metrics.open);
  metrics.finish();
}

}  // namespace ktl::config
