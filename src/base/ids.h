#pragma once
// Names for things, each a type of its own so that they cannot be mixed up.
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/rng.h"

namespace ktl {

// One owner of limits and usage: a key, a user, a group, a model, or everybody. The number is given once by the store
// and means the same owner for ever, across restarts and renames. 0 is nobody.
enum class ScopeId : std::uint32_t { none = 0 };

enum class ScopeKind : std::uint8_t { key = 1, user = 2, group = 3, model = 4, global = 5 };

// "key", "user", "group", "model", "global".
std::string_view name_of(ScopeKind kind);
// The kind of that name.
std::optional<ScopeKind> scope_kind_named(std::string_view name);

// One charge: reserved once, ended once, booked once. Increases within a gateway and is never used again, also after a
// restart (see ChargeIds).
enum class ChargeId : std::uint64_t { none = 0 };

// The gateway's own name for a request, 32 lower-case hex digits of 128 random bits. Fixed length on purpose: engines
// abort by prefix, so no id may be the beginning of another.
struct RequestId {
  std::array<char, 32> hex;
  static RequestId make(Rng& rng);
  std::string_view view() const { return {hex.data(), hex.size()}; }
};

}  // namespace ktl
