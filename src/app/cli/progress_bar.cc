#include "app/cli/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace ktl::app {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestBar = 40;
constexpr std::size_t kText = 16;  // brackets, percent, time

std::optional<std::size_t> terminal_width(const std::ostream& err) {
  if (&err != &std::cerr || ::isatty(STDERR_FILENO) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 30) return 80;
  return size.ws_col;
}

}  // namespace

std::string bar_line(double share, std::chrono::seconds elapsed, std::size_t width) {
  share = std::clamp(share, 0.0, 1.0);
  const std::size_t cells = std::min(width > kText ? width - kText : 0, kLongestBar);
  const auto full = static_cast<std::size_t>(share * static_cast<double>(cells));
  return fmt::format("[{}{}] {:3.0f}%  {}:{:02}", std::string(full, '#'), std::string(cells - full, '-'), share * 100,
                     elapsed.count() / 60, elapsed.count() % 60);
}

ProgressBar::ProgressBar(const CommandContext& context) : ProgressBar(context, terminal_width(context.err)) {}

ProgressBar::ProgressBar(const CommandContext& context, std::optional<std::size_t> terminal_width)
    : context_(context), width_(terminal_width), begin_(context.clock.mono()), next_(begin_ + 1s) {}

ProgressBar::~ProgressBar() {
  if (drawn_) context_.err << "\r\x1b[K" << std::flush;
}

void ProgressBar::show(std::int64_t done, std::int64_t total) {
  if (!width_ || total <= 0) return;
  const MonoTime now = context_.clock.mono();
  if (now < next_) return;
  next_ = now + 200ms;
  drawn_ = true;
  const double share = static_cast<double>(done) / static_cast<double>(total);
  context_.err << '\r' << bar_line(share, std::chrono::floor<std::chrono::seconds>(now - begin_), *width_ - 1)
               << "\x1b[K" << std::flush;
}

}  // namespace ktl::app
