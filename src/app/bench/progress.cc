#include "app/bench/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/table.h"

namespace ktl::app::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto kLinePeriod = 5s;
constexpr std::size_t kPlainWidth = 100;
constexpr std::size_t kShortestBar = 6;
constexpr std::size_t kLongestBar = 40;

std::string minutes(std::chrono::seconds duration) {
  const auto seconds = std::max<std::int64_t>(duration.count(), 0);
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

}  // namespace

double share_done(const ProgressState& state) {
  double share = 0;
  if (state.total && state.total->count() > 0)
    share = static_cast<double>(state.elapsed.count()) / static_cast<double>(state.total->count());
  if (state.wanted && *state.wanted > 0)
    share = std::max(share, static_cast<double>(state.requests) / static_cast<double>(*state.wanted));
  return std::clamp(share, 0.0, 1.0);
}

std::string progress_line(const ProgressState& state, config::Language language, std::size_t width) {
  const auto say = [&](std::string_view korean, std::string_view english) {
    return config::say(language, korean, english);
  };
  const double seconds = std::chrono::duration<double>(state.elapsed).count();
  const double share = share_done(state);
  std::string left;
  if (state.total)
    left = fmt::format(fmt::runtime(say(" ({} 남음)", " ({} left)")),
                       minutes(std::chrono::ceil<std::chrono::seconds>(*state.total - state.elapsed)));
  const std::string wanted = state.wanted ? fmt::format("/{}", *state.wanted) : "";
  std::string text = fmt::format(
      "{:3.0f}%  {}{}  {} {}{}  RPS {:.1f}  429 {}  {} {}", share * 100,
      minutes(std::chrono::floor<std::chrono::seconds>(std::min(state.elapsed, state.total.value_or(state.elapsed)))),
      left, say("요청", "requests"), state.requests, wanted,
      seconds > 0 ? static_cast<double>(state.requests) / seconds : 0.0, state.rate_limited, say("오류", "errors"),
      state.errors);
  if (!state.side.empty()) text += "  " + state.side;
  const std::size_t used = display_width(text) + 3;  // brackets and a blank
  if (used + kShortestBar > width) return text;
  const std::size_t cells = std::min(width - used, kLongestBar);
  const auto full = static_cast<std::size_t>(share * static_cast<double>(cells));
  return "[" + std::string(full, '#') + std::string(cells - full, '-') + "] " + text;
}

void ProgressDisplay::show(const ProgressState& state) {
  if (terminal_width_) {
    err_ << '\r' << progress_line(state, language_, *terminal_width_ - 1) << "\x1b[K" << std::flush;
    drawn_ = true;
  } else if (state.elapsed >= kLinePeriod * next_line_) {
    err_ << progress_line(state, language_, kPlainWidth) << std::endl;
    next_line_ = state.elapsed / kLinePeriod + 1;
  }
}

void ProgressDisplay::close() {
  if (drawn_) err_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
}

}  // namespace ktl::app::bench
