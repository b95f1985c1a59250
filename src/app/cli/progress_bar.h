#pragma once
// "[########------]  57%  0:12" on standard error while something long runs: only on a terminal, and only once it has
// taken a second, so that short work says nothing.
#include <cstdint>
#include <optional>
#include <string>

#include "app/cli/context.h"

namespace ktl::app {

// The line for `share` (0 to 1) of the work after `elapsed`, at most `width` cells.
std::string bar_line(double share, std::chrono::seconds elapsed, std::size_t width);

class ProgressBar {
 public:
  explicit ProgressBar(const CommandContext& context);  // finds out whether there is a terminal
  ProgressBar(const CommandContext& context, std::optional<std::size_t> terminal_width);
  ~ProgressBar();  // takes the line off the terminal

  // As often as you like.
  void show(std::int64_t done, std::int64_t total);

 private:
  const CommandContext& context_;
  std::optional<std::size_t> width_;
  MonoTime begin_;
  MonoTime next_;
  bool drawn_ = false;
};

}  // namespace ktl::app
