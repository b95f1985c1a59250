#include "app/bench/retry_after.h"

#include <charconv>

namespace ktl::app::bench {
namespace {

constexpr std::int64_t kDay = 86'400'000;

std::optional<Millis> read(std::string_view text, std::int64_t unit) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < 0 || number > 400 * kDay / unit) return std::nullopt;
  return Millis(number * unit);
}

}  // namespace

std::optional<Millis> asked_wait(const net::HeaderList& headers) {
  if (const auto exact = read(headers.get("retry-after-ms"), 1)) return exact;
  return read(headers.get("retry-after"), 1000);
}

}  // namespace ktl::app::bench
