#include "app/bench/run.h"

#include <algorithm>
#include <memory>

#include "app/bench/prompts.h"
#include "base/text.h"

namespace ktl::app::bench {
namespace {

constexpr Millis kTick{100};
constexpr Millis kStatsTimeout{5'000};
constexpr Millis kSettleStep{25};
constexpr Millis kSettleWhenInterrupted{500};

class Run {
 public:
  Run(net::EventLoop& loop, const Clock& clock, const RunOptions& options, std::span<Side> sides,
      const std::atomic<bool>& interrupted, const std::function<void(const ProgressState&)>& show)
      : loop_(loop),
        clock_(clock),
        options_(options),
        sides_(sides),
        interrupted_(interrupted),
        show_(show),
        begin_(clock.mono()) {}

  net::Task<void> all() {
    tick();
    for (const Slice& slice : plan_slices(sides_.size(), options_.amount)) {
      if (interrupted_) break;
      Side& side = sides_[slice.target];
      const std::int64_t usage_before = side.tally.usage.total();
      const std::string stats = get_request(side.target, "/stats/" + percent_encode(options_.user), side.api_key);
      const std::optional<std::int64_t> books_before = co_await read_books(side, stats);

      load_ = std::make_unique<Load>(loop_, clock_, options_.load, side, slice);
      side_now_ = slice.target;
      co_await load_->run();
      load_.reset();

      if (books_before) co_await compare_books(side, stats, *books_before, side.tally.usage.total() - usage_before);
    }
    loop_.disarm(timer_);
    loop_.stop();
  }

 private:
  // The user's total by the side's books, or nullopt if they are not to be had (side.ledger.problem says why).
  net::Task<std::optional<std::int64_t>> read_books(Side& side, const std::string& request) {
    if (options_.user.empty() || !side.ledger.problem.empty()) co_return std::nullopt;
    const auto total = co_await fetch_total_tokens(*side.pool, request, kStatsTimeout);
    if (total) {
      side.ledger.available = true;
      co_return *total;
    }
    side.ledger.available = false;
    side.ledger.problem = total.error().message;
    co_return std::nullopt;
  }

  net::Task<void> compare_books(Side& side, const std::string& request, std::int64_t before, std::int64_t expected) {
    std::int64_t grown = 0;
    const Millis limit = interrupted_ ? std::min(options_.settle_limit, kSettleWhenInterrupted) : options_.settle_limit;
    for (Millis waited{0}; waited <= limit; waited += kSettleStep) {
      const std::optional<std::int64_t> after = co_await read_books(side, request);
      if (!after) co_return;
      grown = *after - before;
      if (grown >= expected && (grown == expected || side.tally.untold() == 0)) break;
      co_await loop_.sleep(kSettleStep);
    }
    side.ledger.booked += grown;
  }

  void tick() {
    if (load_) {
      load_->tick();
      if (interrupted_) load_->stop();
      show_(state());
    }
    loop_.arm(timer_, loop_.now() + kTick, [this] { tick(); });
  }

  ProgressState state() const {
    ProgressState state;
    state.elapsed = clock_.mono() - begin_;
    state.total = options_.amount.duration;
    if (options_.amount.requests) state.wanted = *options_.amount.requests * static_cast<std::int64_t>(sides_.size());
    for (const Side& side : sides_) {
      state.requests += side.tally.answered();
      state.rate_limited += side.tally.rate_limited;
      state.errors += side.tally.errors();
    }
    if (sides_.size() > 1) state.side = std::string(1, static_cast<char>('A' + side_now_));
    return state;
  }

  net::EventLoop& loop_;
  const Clock& clock_;
  const RunOptions& options_;
  std::span<Side> sides_;
  const std::atomic<bool>& interrupted_;
  const std::function<void(const ProgressState&)>& show_;
  MonoTime begin_;
  std::unique_ptr<Load> load_;
  std::size_t side_now_ = 0;
  net::Timer timer_;
};

net::Task<void> try_all(net::EventLoop& loop, const std::vector<net::Address>& addresses,
                        Result<net::Address>& outcome) {
  constexpr Millis kPatience{3'000};
  for (const net::Address& address : addresses) {
    const auto connection = co_await net::ClientConnection::connect(loop, address, kPatience);
    if (connection) {
      outcome = address;
      break;
    }
    outcome = tl::unexpected(connection.error());
  }
  loop.stop();
}

}  // namespace

Result<net::Address> reachable(net::EventLoop& loop, const std::vector<net::Address>& addresses) {
  Result<net::Address> outcome = fail(ErrorCode::not_found, ErrorSource::upstream, "no address");
  loop.spawn(try_all(loop, addresses, outcome));
  loop.run();
  return outcome;
}

void run_load(net::EventLoop& loop, const Clock& clock, const RunOptions& options, std::span<Side> sides,
              const std::atomic<bool>& interrupted, const std::function<void(const ProgressState&)>& show) {
  Run run(loop, clock, options, sides, interrupted, show);
  loop.spawn(run.all());
  loop.run();
}

}  // namespace ktl::app::bench
