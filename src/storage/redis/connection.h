#pragma once
// One connection to one server that restores itself: connects, logs in, sends commands in pipelines, gives each reply
// to its command, keeps the deadlines, and comes back with growing, jittered pauses after it was lost. The promises of
// client.h about `done` are kept here.
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "net/address.h"
#include "storage/redis/client.h"
#include "storage/redis/early_calls.h"
#include "storage/redis/greeting.h"
#include "storage/redis/stream.h"

namespace ktl::storage::redis {

struct Target {
  HostPort name;                        // for messages, and the name that a certificate must bear
  std::vector<net::Address> addresses;  // at least one; tried in turn
};

class Connection final : private StreamEvents {
 public:
  // `tls` null: plain TCP. Begins to connect at the end of the loop's turn. `changed` runs on the loop when open() or
  // tried() changed.
  Connection(net::EventLoop& loop, Target target, Login login, const ClientOptions& options,
             std::shared_ptr<TlsContext> tls, Rng rng, std::function<void()> changed);
  ~Connection();  // ends what waits with `canceled`; not from within a callback of this connection
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool open() const { return state_ == State::open; }
  // Whether the first attempt, at each of the addresses, has ended. Calls made before wait for that.
  bool tried() const { return early_.ended(); }
  std::string problem() const { return open() ? "" : problem_; }
  const HostPort& name() const { return target_.name; }
  std::size_t waiting() const { return waiting_.size(); }

  // `done` as in client.h.
  void send(std::span<const std::string_view> words, MonoTime deadline, Done done);
  // One command that append_command wrote.
  void send_encoded(std::string_view command, MonoTime deadline, Done done);

 private:
  enum class State : std::uint8_t { pausing, connecting, open };
  struct Waiting {
    Done done;  // empty: its caller was told a timeout already, or does not care
    MonoTime sent;
    MonoTime deadline;
    std::uint64_t end;  // where the command ends in the bytes of this stream
    std::uint32_t bytes;
  };

  void on_open() override;
  void on_bytes(std::string_view bytes) override;
  void on_lost(const Error& error) override;

  void connect();
  void on_greeting(std::size_t index, std::size_t last, const Result<Value>& reply);
  void on_established();
  void deliver(Value&& reply);
  void drop(const std::string& why);
  void pause();
  void plan_flush();
  bool admits(std::size_t bytes, const Done& done);
  void expect_reply(std::size_t bytes, MonoTime deadline, Done done);
  void check_deadlines();
  void beat();
  Error lost_error(const Waiting& waiting, std::uint64_t departed) const;

  net::EventLoop& loop_;
  Target target_;
  Login login_;
  ClientOptions options_;
  std::shared_ptr<TlsContext> tls_;
  Rng rng_;
  std::function<void()> changed_;

  State state_ = State::pausing;
  std::string problem_ = "not connected yet";
  EarlyCalls early_;
  std::size_t attempt_ = 0;  // since it was open last
  std::shared_ptr<Stream> stream_;
  Parser parser_;
  std::deque<Waiting> waiting_;  // in the order of their replies
  std::size_t waiting_bytes_ = 0;
  std::uint64_t accepted_ = 0;  // bytes given to this stream so far
  MonoTime last_heard_{};
  bool flush_planned_ = false;
  net::Timer attempt_timer_;  // the end of a pause, or of the patience with an attempt
  net::Timer deadline_timer_;
  MonoTime next_deadline_ = MonoTime::max();
  net::Timer heartbeat_timer_;
  std::shared_ptr<Connection*> self_;  // for deferred work: expires with this
};

}  // namespace ktl::storage::redis
