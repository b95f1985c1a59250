#include "storage/redis/connection.h"

#include <algorithm>
#include <utility>

#include "storage/redis/fail_later.h"

namespace ktl::storage::redis {
namespace {

constexpr std::size_t kMaxDoublings = 20;

Error unavailable(const HostPort& server, const std::string& why, Retry retry) {
  return {ErrorCode::unavailable, ErrorSource::storage, retry, "redis " + describe(server) + ": " + why};
}

}  // namespace

Connection::Connection(net::EventLoop& loop, Target target, Login login, const ClientOptions& options,
                       std::shared_ptr<TlsContext> tls, Rng rng, std::function<void()> changed)
    : loop_(loop),
      target_(std::move(target)),
      login_(std::move(login)),
      options_(options),
      tls_(std::move(tls)),
      rng_(rng),
      changed_(std::move(changed)),
      early_(loop, options, "redis " + describe(target_.name)),
      self_(std::make_shared<Connection*>(this)) {
  // Not before the loop runs: its clock stands still until then, and a start may take longer than the patience.
  loop_.defer([weak = std::weak_ptr<Connection*>(self_)] {
    if (const auto self = weak.lock()) (**self).connect();
  });
}

Connection::~Connection() {
  self_.reset();
  if (stream_) stream_->close();
  state_ = State::pausing;
  problem_ = "the client was closed";
  const Error closed{ErrorCode::canceled, ErrorSource::storage, Retry::no,
                     "redis " + describe(target_.name) + ": " + problem_};
  for (Waiting& entry : std::exchange(waiting_, {})) {
    if (entry.done) entry.done(tl::unexpected(closed));
  }
  for (const EarlyCalls::Call& call : early_.end()) call.done(tl::unexpected(closed));
}

void Connection::connect() {
  state_ = State::connecting;
  parser_ = Parser({16, options_.max_reply_bytes, 1'000'000});
  accepted_ = 0;
  const net::Address& address = target_.addresses[attempt_ % target_.addresses.size()];
  ++attempt_;
  stream_ = Stream::open(loop_, address, tls_ ? std::make_unique<TlsSession>(tls_, target_.name.host) : nullptr, *this);
  loop_.arm(attempt_timer_, loop_.now() + options_.connect_timeout,
            [this] { drop("no connection within " + std::to_string(options_.connect_timeout.count()) + " ms"); });
}

void Connection::on_open() {
  const std::size_t replies = append_greeting(stream_->outbox(), login_);
  for (std::size_t i = 0; i < replies; ++i) {
    expect_reply(0, MonoTime::max(),
                 [this, i, replies](const Result<Value>& reply) { on_greeting(i, replies - 1, reply); });
  }
  accepted_ = stream_->outbox().size();
  stream_->flush();
}

void Connection::on_greeting(std::size_t index, std::size_t last, const Result<Value>& reply) {
  if (!reply || state_ != State::connecting) return;  // lost meanwhile: drop() has said why
  const std::string objection = objection_to_reply(login_, index, *reply);
  if (!objection.empty()) return drop(objection);
  if (index == last) on_established();
}

void Connection::on_established() {
  state_ = State::open;
  attempt_ = 0;
  loop_.disarm(attempt_timer_);
  if (options_.heartbeat.count() > 0) loop_.arm(heartbeat_timer_, loop_.now() + options_.heartbeat, [this] { beat(); });
  for (EarlyCalls::Call& call : early_.end()) send_encoded(call.command, call.deadline, std::move(call.done));
  changed_();
}

void Connection::on_lost(const Error& error) {
  drop(error.message);
}

void Connection::on_bytes(std::string_view bytes) {
  last_heard_ = loop_.now();
  const Stream* const stream = stream_.get();
  Value reply;
  while (stream_.get() == stream) {
    const Parser::Outcome outcome = parser_.parse(bytes, reply);
    if (outcome == Parser::Outcome::more) return;
    if (outcome == Parser::Outcome::malformed)
      return drop("the server does not speak RESP: " + std::string(parser_.problem()));
    if (reply.kind == Kind::push) continue;
    if (waiting_.empty()) return drop("the server answered what nobody asked");
    const bool demoted = open() && !login_.any_role && reply.is_error("READONLY");
    deliver(std::move(reply));
    if (demoted && stream_.get() == stream) return drop("the server has become a replica, which takes no writes");
  }
}

void Connection::deliver(Value&& reply) {
  Done done = std::move(waiting_.front().done);
  waiting_bytes_ -= waiting_.front().bytes;
  waiting_.pop_front();
  if (done) done(std::move(reply));
}

Error Connection::lost_error(const Waiting& waiting, std::uint64_t departed) const {
  // A server executes only whole commands: one whose end never left has not been executed.
  const Retry retry = waiting.end > departed ? Retry::yes : Retry::no;
  if (waiting.deadline <= loop_.now()) {
    return {ErrorCode::timeout, ErrorSource::storage, retry,
            "redis " + describe(target_.name) + ": no answer in time, connection dropped"};
  }
  return unavailable(target_.name, problem_, retry);
}

void Connection::drop(const std::string& why) {
  const bool was_open = open();
  const std::uint64_t departed = stream_->departed();
  stream_->close();
  stream_.reset();
  problem_ = why;
  waiting_bytes_ = 0;
  loop_.disarm(heartbeat_timer_);
  pause();
  std::deque<Waiting> lost = std::exchange(waiting_, {});
  const bool first = !tried() && attempt_ >= target_.addresses.size();
  const std::deque<EarlyCalls::Call> early = first ? early_.end() : std::deque<EarlyCalls::Call>();
  if (was_open || first) changed_();
  for (Waiting& entry : lost) {
    if (entry.done) entry.done(tl::unexpected(lost_error(entry, departed)));
  }
  for (const EarlyCalls::Call& call : early) call.done(tl::unexpected(unavailable(target_.name, why, Retry::yes)));
}

void Connection::pause() {
  state_ = State::pausing;
  const std::size_t doublings = std::min<std::size_t>(attempt_ > 0 ? attempt_ - 1 : 0, kMaxDoublings);
  const Millis longest = std::min(options_.longest_backoff, Millis(options_.first_backoff.count() << doublings));
  const auto half = static_cast<std::uint64_t>(longest.count() / 2);
  const Millis pause(longest.count() - static_cast<std::int64_t>(rng_.below(half + 1)));
  loop_.arm(attempt_timer_, loop_.now() + pause, [this] { connect(); });
}

bool Connection::admits(std::size_t bytes, const Done& done) {
  if (!open()) {
    fail_later(loop_, done, unavailable(target_.name, problem_, Retry::yes));
    return false;
  }
  if (waiting_.size() >= options_.max_waiting_calls || waiting_bytes_ + bytes > options_.max_waiting_bytes) {
    fail_later(loop_, done, unavailable(target_.name, "too many commands wait for an answer", Retry::yes));
    return false;
  }
  return true;
}

void Connection::expect_reply(std::size_t bytes, MonoTime deadline, Done done) {
  accepted_ += bytes;
  waiting_bytes_ += bytes;
  waiting_.push_back({std::move(done), loop_.now(), deadline, accepted_, static_cast<std::uint32_t>(bytes)});
  if (deadline < next_deadline_) {
    next_deadline_ = deadline;
    loop_.arm(deadline_timer_, deadline, [this] { check_deadlines(); });
  }
}

void Connection::send(std::span<const std::string_view> words, MonoTime deadline, Done done) {
  if (!tried()) {
    std::string command;
    append_command(command, words);
    return early_.add({std::move(command), deadline, std::move(done)});
  }
  std::size_t size = 0;
  for (const std::string_view word : words) size += word.size();
  if (!admits(size, done)) return;
  std::string& outbox = stream_->outbox();
  const std::size_t before = outbox.size();
  append_command(outbox, words);
  expect_reply(outbox.size() - before, deadline, std::move(done));
  plan_flush();
}

void Connection::send_encoded(std::string_view command, MonoTime deadline, Done done) {
  if (!tried()) return early_.add({std::string(command), deadline, std::move(done)});
  if (!admits(command.size(), done)) return;
  stream_->outbox().append(command);
  expect_reply(command.size(), deadline, std::move(done));
  plan_flush();
}

void Connection::plan_flush() {
  if (std::exchange(flush_planned_, true)) return;
  loop_.defer([weak = std::weak_ptr<Connection*>(self_)] {
    const auto self = weak.lock();
    if (!self) return;
    Connection& connection = **self;
    connection.flush_planned_ = false;
    const auto stream = connection.stream_;
    if (stream) stream->flush();
  });
}

// Ends every call whose time is up. A server that said nothing at all since the call was sent is given up, unless the
// call had waited before it was sent and left it less than a whole timeout.
void Connection::check_deadlines() {
  const MonoTime now = loop_.now();
  next_deadline_ = MonoTime::max();
  const bool silent = std::any_of(waiting_.begin(), waiting_.end(), [this, now](const Waiting& entry) {
    const bool whole = now - entry.sent >= options_.call_timeout;
    return entry.done && entry.deadline <= now && last_heard_ <= entry.sent && whole;
  });
  if (silent) return drop("no answer in time");
  std::vector<Done> expired;
  for (Waiting& entry : waiting_) {
    if (!entry.done) continue;
    if (entry.deadline > now) {
      next_deadline_ = std::min(next_deadline_, entry.deadline);
      continue;
    }
    expired.push_back(std::exchange(entry.done, nullptr));
  }
  if (next_deadline_ != MonoTime::max()) loop_.arm(deadline_timer_, next_deadline_, [this] { check_deadlines(); });
  for (const Done& done : expired) {
    done(fail(ErrorCode::timeout, ErrorSource::storage, "redis " + describe(target_.name) + ": no answer in time"));
  }
}

void Connection::beat() {
  const MonoTime now = loop_.now();
  const bool idle = now - last_heard_ >= options_.heartbeat;
  loop_.arm(heartbeat_timer_, (idle ? now : last_heard_) + options_.heartbeat, [this] { beat(); });
  if (!idle) return;
  const std::string_view ping[] = {"PING"};
  send(ping, now + options_.call_timeout, [](const Result<Value>&) {});
}

}  // namespace ktl::storage::redis
