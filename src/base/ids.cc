#include "base/ids.h"

namespace ktl {

std::string_view name_of(ScopeKind kind) {
  switch (kind) {
    case ScopeKind::key: return "key";
    case ScopeKind::user: return "user";
    case ScopeKind::group: return "group";
    case ScopeKind::model: return "model";
    case ScopeKind::global: return "global";
  }
  return "unknown";
}

std::optional<ScopeKind> scope_kind_named(std::string_view name) {
  for (const ScopeKind kind : {ScopeKind::key, ScopeKind::user, ScopeKind::group, ScopeKind::model, ScopeKind::global})
    if (name_of(kind) == name) return kind;
  return std::nullopt;
}

RequestId RequestId::make(Rng& rng) {
  static constexpr char digits[] = "0123456789abcdef";
  RequestId id;
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = rng.next();
    for (std::size_t i = 0; i < 16; ++i, bits >>= 4) id.hex[half * 16 + i] = digits[bits & 15];
  }
  return id;
}

}  // namespace ktl
