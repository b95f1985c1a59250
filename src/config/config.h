#pragma once
// Everything an operator can say, checked and ready to use: the result of config/load.h. Plain values; immutable after
// loading, so any thread may read them. The defaults here are the defaults of the product.
//
// API keys are held as digest and mask only; the raw text is gone when loading is done.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/origins.h"
#include "config/secret.h"
#include "identity/directory.h"
#include "quota/limits.h"
#include "telemetry/log.h"

namespace ktl::config {

struct Timeouts {
  Millis client_head{10'000};   // from a request head's first byte to its end
  Millis client_body{20'000};   // between two pieces of a request body
  Millis client_write{60'000};  // without progress while the client does not read
  Millis keep_alive{75'000};    // between two requests of one client connection
  Millis connect{2'000};        // to an upstream
  Millis first_event{300'000};  // from dispatch to the engine's first event or head
  Millis stream_idle{120'000};  // between two events of a stream
  Millis drain{30'000};         // for running requests after SIGTERM
};

struct Server {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;  // 0 = a free one
  std::int64_t threads = 0;   // event loops; 0 = one per core
  std::int64_t max_connections = 20'000;
  std::int64_t max_head_bytes = 32 * 1024;
  Timeouts timeouts;
};

struct Dashboard {
  bool enabled = true;
  std::string host = "127.0.0.1";
  std::uint16_t port = 8501;  // 0 = a free one
};

enum class EngineType : std::uint8_t { sglang, vllm };

struct Queue {
  std::int64_t limit = 1024;  // requests that may wait; 0 = never wait
  Millis timeout{60'000};     // that one may wait
};

// One engine. `sglang_server:` becomes an upstream named "sglang".
struct Upstream {
  std::string name;
  std::string host;  // name or address, without brackets
  std::uint16_t port = 8000;
  EngineType type = EngineType::sglang;
  std::vector<std::string> models;  // aliases served here; empty = all
  Secret api_key;
  Secret admin_api_key;
  std::int64_t weight = 1;
  std::int64_t max_in_flight = 256;  // requests at the engine at once
  Queue queue;
  std::string model_path;  // sglang_server only: for the scripts that launch the engine
  std::vector<std::pair<std::string, std::string>> sglang_args;  // the same; as written
};

struct Model {
  std::string alias;                               // what clients call it
  std::string upstream_model;                      // what the engine calls it
  std::string tokenizer;                           // family name or directory; empty = by upstream_model
  std::int64_t context_length = 0;                 // tokens; 0 = unknown
  std::optional<std::int64_t> default_max_tokens;  // over Tokenizer::default_max_tokens
  quota::Limits limits;                            // of everybody together
};

struct Tokenizer {
  std::string model_name = "Qwen/Qwen2.5-3B-Instruct";
  double korean_factor = 1.15;             // tokens per Hangul syllable in the quick estimate
  std::int64_t max_length = 8192;          // tokens; the longest prompt accepted when the model says nothing
  std::int64_t default_max_tokens = 1024;  // injected when a request sets no output bound
};

enum class StorageType : std::uint8_t { sqlite, redis, memory };
enum class StoreLoss : std::uint8_t { closed, local_share, open };
enum class Leases : std::uint8_t { off, automatic };

struct Storage {
  StorageType type = StorageType::sqlite;
  std::string sqlite_path = "data/usage.db";
  Secret redis_url{"redis://127.0.0.1:6379"};
  std::string redis_prefix = "ktl";    // of all keys there
  std::string redis_ca_file;           // PEM, for rediss://; empty: the system's authorities
  std::string redis_certificate_file;  // PEM, of this gateway, where Redis asks for one
  std::string redis_key_file;
  std::string outbox_path = "data/outbox";  // what Redis must still be told; a folder of this gateway alone
  Millis gateway_timeout{5'000};  // a gateway that was not heard of for so long is dead: its charges are ended
  StoreLoss on_store_loss = StoreLoss::closed;
  Leases leases = Leases::automatic;  // a busy gateway takes a little of shared limits in advance
  Millis group_commit{10};            // 0 = every admission waits for the disk
  std::int64_t detail_days = 90;      // single charges are kept so long, then summed up by day; 0 = for ever
  std::int64_t ledger_days = 400;     // sums by day are kept so long, then only in the totals; 0 = for ever
};

struct RateLimiting {
  bool strict_mode = true;  // reserve the worst case
  bool log_violations = true;
  std::int64_t ban_threshold = 20;  // violations within ban_window; 0 = never ban
  Millis ban_window{60'000};
  Millis ban_duration{3'600'000};
  std::string day_timezone = "Asia/Seoul";
  Millis day_offset{9 * 3'600'000};  // of that zone from UTC
  bool rolling_day = false;          // the day is the last 24 h instead of a calendar day
};

struct AdminKey {
  identity::KeyDigest digest{};
  std::string mask;
};

struct Security {
  bool api_key_required = true;
  bool trust_loopback = true;  // callers on this machine may read admin pages without a key
  std::vector<AdminKey> admin_keys;
  std::int64_t max_body_bytes = 10'485'760;
  std::vector<std::string> allowed_origins;  // CORS; "*" = all
};

struct User {
  std::string name;  // any Unicode
  std::string description;
  quota::Limits limits;                      // default_limits, overridden by what the user's entry says
  std::vector<quota::LimitKind> own_limits;  // those that the entry says
  std::vector<std::string> models;           // allowed aliases; empty = all
  bool admin = false;
};

struct ApiKey {
  identity::KeyDigest digest{};
  std::string mask;   // what may be shown of it
  std::string label;  // given name, or empty
  std::string user;
  quota::Limits limits;             // of this key alone
  std::vector<std::string> models;  // allowed aliases; empty = as the user
  bool published = false;           // one of the demo keys everybody knows
};

struct Group {
  std::string name;
  std::string description;
  std::vector<std::string> users;
  quota::Limits limits;  // of all members together
};

struct Logging {
  telemetry::LogLevel level = telemetry::LogLevel::info;
  telemetry::LogFormat format = telemetry::LogFormat::logfmt;
  std::string file;  // empty = standard error
  bool access_log = true;
  std::string access_log_file;  // empty = where the log goes
};

struct Metrics {
  bool open = true;  // /metrics without a key; else admin
};

struct Config {
  Server server;
  Dashboard dashboard;
  std::vector<Upstream> upstreams;  // at least one
  std::vector<Model> models;        // at least one; the first is the default
  quota::Limits default_limits;     // of a user without own ones
  quota::Limits global_limits;      // of everybody together
  Tokenizer tokenizer;
  Storage storage;
  RateLimiting rate_limiting;
  Security security;
  std::vector<User> users;  // in the order of the files
  std::vector<ApiKey> api_keys;
  std::vector<Group> groups;
  Logging logging;
  Metrics metrics;
  Origins origins;  // of what the files say

  Config();  // every default, and default_limits 40 rpm, 8000 tpm, 500000 tph, 1000000 daily, 16 concurrent

  const User* user(std::string_view name) const;
  const Model* model(std::string_view alias) const;
};

// Short words as the YAML writes them.
std::string_view name_of(EngineType type);
std::string_view name_of(StorageType type);
std::string_view name_of(StoreLoss loss);
std::string_view name_of(Leases leases);

}  // namespace ktl::config
