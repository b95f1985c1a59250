#pragma once
// What the operator sees while the load runs: on a terminal one line that is drawn over, else a line every 5 seconds.
#include <chrono>
#include <cstdint>
#include <optional>
#include <ostream>
#include <string>

#include "base/clock.h"
#include "config/language.h"

namespace ktl::app::bench {

struct ProgressState {
  std::chrono::nanoseconds elapsed{0};
  std::optional<std::chrono::nanoseconds> total;  // if the run is bound by time
  std::int64_t requests = 0;                      // answered, whatever the answer was
  std::optional<std::int64_t> wanted;             // if it is bound by requests
  std::int64_t rate_limited = 0;
  std::int64_t errors = 0;
  std::string side;  // which target has the load; empty if there is only one
};

// 0 to 1: of the time or of the requests, whichever is further.
double share_done(const ProgressState& state);

// "[####----]  50%  0:30 (0:30 left)  requests 150  RPS 5.0  429 2  errors 0". The bar takes what the text leaves of
// `width` cells; none if that is too little.
std::string progress_line(const ProgressState& state, config::Language language, std::size_t width);

class ProgressDisplay {
 public:
  ProgressDisplay(std::ostream& err, config::Language language, std::optional<std::size_t> terminal_width)
      : err_(err), language_(language), terminal_width_(terminal_width) {}

  // A few times a second.
  void show(const ProgressState& state);
  // Takes the line off the terminal.
  void close();

 private:
  std::ostream& err_;
  config::Language language_;
  std::optional<std::size_t> terminal_width_;
  bool drawn_ = false;
  std::int64_t next_line_ = 1;  // of kLinePeriod
};

}  // namespace ktl::app::bench
