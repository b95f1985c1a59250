#pragma once
// A whole run: the targets in turn, the progress, the books before and after.
#include <atomic>
#include <functional>
#include <span>
#include <string>

#include "app/bench/load.h"
#include "app/bench/progress.h"
#include "app/bench/schedule.h"
#include "app/bench/side.h"
#include "base/clock.h"

namespace ktl::app::bench {

struct RunOptions {
  Amount amount;
  Load::Options load;
  std::string user;  // whose books are checked; empty: nobody's
  // A gateway settles right after the last byte of an answer: its books may lag the client by this much.
  Millis settle_limit{2'000};
};

// One address of `addresses` that takes connections now. Error: that of the last one.
Result<net::Address> reachable(net::EventLoop& loop, const std::vector<net::Address>& addresses);

// Drives the sides (each with its pool on `loop`, which runs here until the end) and fills their tallies. Ends early,
// with what there is, soon after `interrupted` became true.
void run_load(net::EventLoop& loop, const Clock& clock, const RunOptions& options, std::span<Side> sides,
              const std::atomic<bool>& interrupted, const std::function<void(const ProgressState&)>& show);

}  // namespace ktl::app::bench
