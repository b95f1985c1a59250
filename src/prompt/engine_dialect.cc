#include "prompt/engine_dialect.h"

#include <array>
#include <charconv>
#include <optional>

#include "base/text.h"

namespace ktl::prompt {
namespace {

using Version = std::array<int, 3>;

constexpr Version kFirstWithWholeTool{0, 5, 6};
constexpr Version kFirstWithDeferLoading{0, 5, 10};

std::optional<Version> version_from(std::string_view text) {
  if (!text.empty() && (text.front() == 'v' || text.front() == 'V')) text.remove_prefix(1);
  Version version{};
  std::size_t parts = 0;
  for (int& part : version) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc{}) break;
    ++parts;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty() || text.front() != '.') break;
    text.remove_prefix(1);
  }
  if (parts < 2) return std::nullopt;
  return version;
}

}  // namespace

EngineDialect dialect_of(std::string_view kind, std::string_view version) {
  if (equals_ignoring_case(kind, "vllm")) return EngineDialect::vllm;
  if (!equals_ignoring_case(kind, "sglang")) return EngineDialect::as_sent;
  const auto known = version_from(version);
  if (!known || *known == Version{}) return EngineDialect::sglang_defer_loading;
  if (*known < kFirstWithWholeTool) return EngineDialect::sglang_function;
  return *known < kFirstWithDeferLoading ? EngineDialect::sglang_tool : EngineDialect::sglang_defer_loading;
}

}  // namespace ktl::prompt
