#pragma once
// One slice of load: virtual users in a closed loop, each asking its next question when the last one is answered, until
// the slice's time or requests are used up. Requests that run at the end are finished (up to a limit of time), so that
// targets that take turns never load the machine at the same time.
//
// Refusals (429, and 403 of a ban) close the side's retry gate for as long as they ask, but kLongestWait at most. After
// a failure a user waits a moment, or the Retry-After, so that a dead target is not hammered. Everything lives on one
// loop.
#include <coroutine>
#include <optional>
#include <unordered_set>

#include "app/bench/schedule.h"
#include "app/bench/side.h"
#include "base/clock.h"
#include "net/event_loop.h"
#include "net/http_client.h"
#include "net/task.h"

namespace ktl::app::bench {

inline constexpr Millis kLongestWait{5'000};
inline constexpr Millis kWaitAfterFailure{200};

class Load {
 public:
  struct Options {
    int users = 10;
    Millis answer_timeout{120'000};  // without a byte from the server
    Millis finish_limit{30'000};     // for what runs at the end of the slice
  };
  // All references must outlive the slice.
  Load(net::EventLoop& loop, const Clock& clock, const Options& options, Side& side, const Slice& slice);

  // Runs the slice to its end; what it sees is added to the side's tally.
  net::Task<void> run();

  // To be called a few times a second: cuts off what runs too long after the end.
  void tick();
  // Ends the slice now and cuts off what runs.
  void stop();

 private:
  struct AllEnded {
    Load& load;
    bool await_ready() const noexcept { return load.running_ == 0; }
    void await_suspend(std::coroutine_handle<> waiter) const noexcept { load.waiter_ = waiter; }
    void await_resume() const noexcept {}
  };

  bool may_start() const;
  net::Task<void> user();
  net::Task<void> pause(Millis duration);
  net::Task<RetryGate::Pass> pass_gate();  // no: the slice is over
  // These return how long the user shall wait before the next question.
  net::Task<Millis> ask(const std::string& request, bool probes);
  net::Task<Result<Millis>> exchange(net::ClientConnection& connection, const std::string& request, MonoTime asked,
                                     bool& probes);
  net::Task<Result<Millis>> read_stream(net::ClientConnection& connection, MonoTime asked);
  net::Task<Result<Millis>> read_whole(net::ClientConnection& connection, MonoTime asked);
  net::Task<Result<Millis>> read_refusal(net::ClientConnection& connection, int status, std::optional<Millis> wait);

  void complete(MonoTime asked, const std::optional<TokenUsage>& usage);
  Millis failed(const std::string& kind, std::string_view what, bool may_have_cost);
  Millis failed(const Error& error);

  net::EventLoop& loop_;
  const Clock& clock_;
  const Options& options_;
  Side& side_;
  MonoTime begin_;
  std::optional<MonoTime> end_;
  std::optional<std::int64_t> requests_left_;
  bool stopped_ = false;
  std::optional<MonoTime> ended_;  // since when nothing new is started
  int running_ = 0;
  std::coroutine_handle<> waiter_;
  std::unordered_set<net::ClientConnection*> in_flight_;
};

}  // namespace ktl::app::bench
