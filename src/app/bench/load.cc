#include "app/bench/load.h"

#include <algorithm>
#include <utility>

#include "app/bench/retry_after.h"
#include "app/bench/stream_meter.h"
#include "base/text.h"
#include "protocol/engine_error.h"
#include "protocol/response_body.h"

namespace ktl::app::bench {
namespace {

constexpr Millis kPauseStep{50};  // how soon a waiting user notices the end
constexpr std::size_t kLongestExample = 200;

// Kinds of failures that are no HTTP status.
std::string kind_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::timeout:
      return "timeout";
    case ErrorCode::closed:
      return "closed";
    case ErrorCode::invalid:
    case ErrorCode::too_large:
      return "malformed";
    default:
      return "connect";
  }
}

std::string example_of(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && end < kLongestExample) next_code_point(text, end);
  return std::string(text.substr(0, end));
}

}  // namespace

Load::Load(net::EventLoop& loop, const Clock& clock, const Options& options, Side& side, const Slice& slice)
    : loop_(loop), clock_(clock), options_(options), side_(side), begin_(clock.mono()), requests_left_(slice.requests) {
  if (slice.duration) end_ = begin_ + *slice.duration;
}

net::Task<void> Load::run() {
  running_ = options_.users;
  for (int i = 0; i < options_.users; ++i) loop_.spawn(user());
  co_await AllEnded{*this};
  side_.tally.active += clock_.mono() - begin_;
}

bool Load::may_start() const {
  return !stopped_ && (!requests_left_ || *requests_left_ > 0) && (!end_ || clock_.mono() < *end_);
}

void Load::tick() {
  if (!ended_ && !may_start()) ended_ = clock_.mono();
  if (ended_ && clock_.mono() - *ended_ > options_.finish_limit) stop();
}

void Load::stop() {
  stopped_ = true;
  while (!in_flight_.empty()) {
    net::ClientConnection* connection = *in_flight_.begin();
    in_flight_.erase(in_flight_.begin());
    connection->cancel();
  }
}

net::Task<void> Load::user() {
  while (may_start()) {
    const RetryGate::Pass pass = co_await pass_gate();
    if (pass == RetryGate::Pass::no) break;
    if (requests_left_) --*requests_left_;
    const std::string& request = side_.requests[side_.next_request++ % side_.requests.size()];
    const Millis wait = co_await ask(request, pass == RetryGate::Pass::probe);
    co_await pause(wait);
  }
  // Whoever waits for the last user goes on after this coroutine is gone.
  if (--running_ == 0 && waiter_) loop_.defer([waiter = std::exchange(waiter_, nullptr)] { waiter.resume(); });
}

net::Task<void> Load::pause(Millis duration) {
  const MonoTime until = clock_.mono() + std::min(duration, kLongestWait);
  while (may_start()) {
    const auto left = std::chrono::ceil<Millis>(until - clock_.mono());
    if (left <= Millis(0)) break;
    co_await loop_.sleep(std::min(left, kPauseStep));
  }
}

net::Task<RetryGate::Pass> Load::pass_gate() {
  while (may_start()) {
    const RetryGate::Pass pass = side_.gate.enter(clock_.mono());
    if (pass != RetryGate::Pass::no) co_return pass;
    co_await loop_.sleep(kPauseStep);
  }
  co_return RetryGate::Pass::no;
}

net::Task<Millis> Load::ask(const std::string& request, bool probes) {
  ++side_.tally.started;
  const MonoTime asked = clock_.mono();
  struct Probe {
    RetryGate& gate;
    bool& undecided;
    ~Probe() {
      if (undecided) gate.probe_lost();
    }
  };
  const Probe guard{side_.gate, probes};
  auto connection = co_await side_.pool->acquire();
  if (!connection) co_return failed(connection.error());
  auto wait = co_await exchange(**connection, request, asked, probes);
  if (!wait && wait.error().retry == Retry::yes && !stopped_) {  // the server had closed it while it was idle
    connection = co_await side_.pool->acquire_fresh();
    if (!connection) co_return failed(connection.error());
    wait = co_await exchange(**connection, request, asked, probes);
  }
  if (!wait) co_return failed(wait.error());
  side_.pool->give_back(std::move(*connection));
  co_return *wait;
}

net::Task<Result<Millis>> Load::exchange(net::ClientConnection& connection, const std::string& request, MonoTime asked,
                                         bool& probes) {
  if (stopped_) co_return fail(ErrorCode::canceled, ErrorSource::gateway, "the run is over");
  struct InFlight {
    std::unordered_set<net::ClientConnection*>& all;
    net::ClientConnection* one;
    ~InFlight() { all.erase(one); }
  };
  in_flight_.insert(&connection);
  const InFlight guard{in_flight_, &connection};

  const std::string_view part = request;
  auto sent = co_await connection.send({&part, 1}, options_.answer_timeout);
  if (!sent) co_return tl::unexpected(sent.error());
  auto head = co_await connection.read_head(options_.answer_timeout);
  if (!head) co_return tl::unexpected(head.error());
  const int status = (*head)->status;
  const bool streams = (*head)->headers.get("content-type").starts_with("text/event-stream");
  const std::optional<Millis> wait = asked_wait((*head)->headers);
  const bool refused = status == 429 || (status == 403 && wait);
  if (refused) {
    side_.gate.refused(clock_.mono(), std::min(wait.value_or(kWaitAfterFailure), kLongestWait));
  } else if (probes) {
    side_.gate.probe_admitted();
  }
  probes = false;
  if (status != 200) co_return co_await read_refusal(connection, status, wait);
  if (streams) co_return co_await read_stream(connection, asked);
  co_return co_await read_whole(connection, asked);
}

net::Task<Result<Millis>> Load::read_stream(net::ClientConnection& connection, MonoTime asked) {
  StreamMeter meter(asked, side_.tally.first_token, side_.tally.inter_token);
  for (;;) {
    connection.consume(meter.take(connection.body(), clock_.mono()));
    if (connection.all_received()) break;
    auto more = co_await connection.receive(options_.answer_timeout);
    if (!more) co_return tl::unexpected(more.error());
  }
  connection.consume(connection.body().size());
  if (meter.error()) co_return failed("stream", *meter.error(), true);
  if (!meter.saw_done()) co_return failed("stream", "no [DONE] at its end", true);
  complete(asked, meter.usage());
  co_return Millis(0);
}

net::Task<Result<Millis>> Load::read_whole(net::ClientConnection& connection, MonoTime asked) {
  while (!connection.all_received()) {
    auto more = co_await connection.receive(options_.answer_timeout);
    if (!more) co_return tl::unexpected(more.error());
  }
  const auto facts = protocol::inspect_response(protocol::Endpoint::chat_completions, connection.body());
  const bool sound = facts.is_json && !facts.error;
  const Millis wait =
      sound ? Millis(0) : failed("malformed", facts.error ? facts.error->message : example_of(connection.body()), true);
  connection.consume(connection.body().size());
  if (sound) complete(asked, facts.usage);
  co_return wait;
}

net::Task<Result<Millis>> Load::read_refusal(net::ClientConnection& connection, int status,
                                             std::optional<Millis> wait) {
  while (!connection.all_received()) {
    auto more = co_await connection.receive(options_.answer_timeout);
    if (!more) co_return tl::unexpected(more.error());
  }
  const std::string body(connection.body());
  connection.consume(body.size());
  if (status == 429) {
    ++side_.tally.rate_limited;
    if (wait) side_.tally.asked_wait.add(*wait);
    co_return Millis(0);  // the gate makes it wait
  }
  const auto error = protocol::read_engine_error(body);
  const Millis moment = failed(std::to_string(status), error ? error->message : body, false);
  co_return wait.value_or(moment);
}

void Load::complete(MonoTime asked, const std::optional<TokenUsage>& usage) {
  ++side_.tally.completed;
  side_.tally.end_to_end.add(clock_.mono() - asked);
  if (!usage) {
    ++side_.tally.without_usage;
    return;
  }
  side_.tally.usage.prompt += usage->prompt;
  side_.tally.usage.completion += usage->completion;
  side_.tally.usage.cached += usage->cached;
  side_.tally.usage.reasoning += usage->reasoning;
}

Millis Load::failed(const std::string& kind, std::string_view what, bool may_have_cost) {
  Failures& failures = side_.tally.failures[kind];
  if (failures.count++ == 0) failures.example = example_of(what);
  if (may_have_cost) ++side_.tally.broken;
  return kWaitAfterFailure;
}

Millis Load::failed(const Error& error) {
  if (stopped_) {
    ++side_.tally.cut_off;
    return Millis(0);
  }
  return failed(kind_of(error), error.message, error.retry == Retry::no);
}

}  // namespace ktl::app::bench
