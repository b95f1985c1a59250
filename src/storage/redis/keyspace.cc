#include "storage/redis/keyspace.h"

namespace ktl::storage::redis {

namespace {

// FNV-1a, 64 bits (Fowler, Noll, Vo): stable across versions and machines, which std::hash is not.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 32);
}

}  // namespace

std::string Keyspace::tenant_tag(int bucket) {
  std::string tag = "t00";
  tag[1] = static_cast<char>('0' + bucket / 10);
  tag[2] = static_cast<char>('0' + bucket % 10);
  return tag;
}

std::string Keyspace::tenant_tag(ScopeId user) {
  return tenant_tag(static_cast<int>(static_cast<std::uint32_t>(user) % kTenantTags));
}

bool Keyspace::is_shared(ScopeKind kind) {
  return kind == ScopeKind::group || kind == ScopeKind::model || kind == ScopeKind::global;
}

std::string Keyspace::shared_tag(ScopeKind kind, ScopeId scope) {
  return "x" + std::to_string(stable_hash(scope_word(kind, scope)) % kSharedTags);
}

std::string Keyspace::totals(std::string_view tag, std::int64_t day) const {
  return totals(tag) + ":" + std::to_string(day);
}

std::string Keyspace::totals_of_hour(std::string_view tag, std::int64_t hour) const {
  return totals(tag) + ":h" + std::to_string(hour);
}

std::string Keyspace::scope(std::string_view tag, ScopeKind kind, ScopeId scope) const {
  return in(tag, "s:") + scope_word(kind, scope);
}

std::string Keyspace::in(std::string_view tag, std::string_view rest) const {
  std::string key;
  key.reserve(prefix_.size() + tag.size() + rest.size() + 24);
  key.append(prefix_).append(":{").append(tag).append("}:").append(rest);
  return key;
}

std::string scope_word(ScopeKind kind, ScopeId scope) {
  return std::to_string(static_cast<unsigned>(kind)) + ":" + std::to_string(static_cast<std::uint32_t>(scope));
}

}  // namespace ktl::storage::redis
