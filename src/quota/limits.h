#pragma once
// What may be limited: seven kinds of limit, by the names that operators use in the configuration.
//
//   rpm rph rpd        requests a minute, an hour, a day
//   tpm tph daily      tokens (prompt + completion) a minute, an hour, a day
//   concurrent         requests in flight
//
// Minute and hour are rolling windows. The day is a calendar day in a configured zone, or rolling on request.
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace ktl::quota {

enum class LimitKind : std::uint8_t { rpm, rph, rpd, tpm, tph, daily, concurrent };
inline constexpr std::size_t kLimitKinds = 7;

enum class Dimension : std::uint8_t { requests, tokens, in_flight };
enum class Window : std::uint8_t { minute, hour, day };

Dimension dimension_of(LimitKind kind);
Window window_of(LimitKind kind);          // meaningless for concurrent
std::string_view name_of(LimitKind kind);  // the configuration word: "rpm", …
inline constexpr std::int64_t kUnlimited = -1;

// The limits of one scope. 0 forbids all work; kUnlimited (the default) sets no limit.
struct Limits {
  std::array<std::int64_t, kLimitKinds> amount{kUnlimited, kUnlimited, kUnlimited, kUnlimited,
                                               kUnlimited, kUnlimited, kUnlimited};

  std::int64_t operator[](LimitKind kind) const { return amount[static_cast<std::size_t>(kind)]; }
  std::int64_t& operator[](LimitKind kind) { return amount[static_cast<std::size_t>(kind)]; }
  friend auto operator<=>(const Limits&, const Limits&) = default;
};

// What somebody said about a scope's limits: for each kind nothing, an amount, or that there is none (kUnlimited).
struct LimitChoices {
  std::array<std::optional<std::int64_t>, kLimitKinds> amount{};

  const std::optional<std::int64_t>& operator[](LimitKind kind) const { return amount[static_cast<std::size_t>(kind)]; }
  std::optional<std::int64_t>& operator[](LimitKind kind) { return amount[static_cast<std::size_t>(kind)]; }
  bool empty() const { return *this == LimitChoices{}; }
  // `base`, but for what was said.
  Limits over(Limits base) const;
  friend auto operator<=>(const LimitChoices&, const LimitChoices&) = default;
};

// The kind of that name.
std::optional<LimitKind> limit_kind_named(std::string_view name);

}  // namespace ktl::quota
