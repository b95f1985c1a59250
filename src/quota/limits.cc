#include "quota/limits.h"

#include "base/check.h"

namespace ktl::quota {

Dimension dimension_of(LimitKind kind) {
  switch (kind) {
    case LimitKind::rpm:
    case LimitKind::rph:
    case LimitKind::rpd:
      return Dimension::requests;
    case LimitKind::tpm:
    case LimitKind::tph:
    case LimitKind::daily:
      return Dimension::tokens;
    case LimitKind::concurrent:
      return Dimension::in_flight;
  }
  KTL_CHECK(false, "a limit kind is one of the seven");
  return Dimension::requests;
}

Window window_of(LimitKind kind) {
  switch (kind) {
    case LimitKind::rpm:
    case LimitKind::tpm:
      return Window::minute;
    case LimitKind::rph:
    case LimitKind::tph:
      return Window::hour;
    case LimitKind::rpd:
    case LimitKind::daily:
    case LimitKind::concurrent:
      return Window::day;
  }
  KTL_CHECK(false, "a limit kind is one of the seven");
  return Window::day;
}

std::string_view name_of(LimitKind kind) {
  constexpr std::array<std::string_view, kLimitKinds> kNames{"rpm", "rph", "rpd", "tpm", "tph", "daily", "concurrent"};
  return kNames[static_cast<std::size_t>(kind)];
}

Limits LimitChoices::over(Limits base) const {
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind) base.amount[kind] = amount[kind].value_or(base.amount[kind]);
  return base;
}

std::optional<LimitKind> limit_kind_named(std::string_view name) {
  for (std::size_t kind = 0; kind < kLimitKinds; ++kind)
    if (name_of(static_cast<LimitKind>(kind)) == name) return static_cast<LimitKind>(kind);
  return std::nullopt;
}

}  // namespace ktl::quota
