#pragma once
// What the storage asks of Redis: commands in, replies out, on one event loop. One client per loop; all of it belongs
// to the loop's thread, and nothing here ever blocks.
//
// Calls made before the first attempt to connect has ended wait for it, each no longer than its timeout. Later, calls
// fail at once while there is no connection.
//
// All calls made within one turn of the loop leave in one write (per server). Replies come in the order of the calls
// to the same server; calls to different servers of a cluster have no order.
//
// What `done` gets:
//   a Value                      whatever the server said, its errors (-ERR …, -NOSCRIPT …) included
//   unavailable, Retry::yes      the command was certainly not executed: no connection, too much waiting, …
//   unavailable, Retry::no       the connection broke while the command was under way: it may have been executed
//   timeout, Retry::no           no answer in time; it may have been executed, and may still be. Retry::yes if it never
//   left canceled, Retry::no          the client was destroyed meanwhile
// Source of all errors: storage. Messages name the server, never a secret.
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "base/rng.h"
#include "net/event_loop.h"
#include "storage/redis/resp.h"
#include "storage/redis/url.h"

namespace ktl::storage::redis {

using Done = std::function<void(Result<Value>)>;

class Client {
 public:
  virtual ~Client() = default;  // ends every waiting call with `canceled`; not from within a `done`

  // Sends one command. `slot_key` is the key that decides which server of a cluster gets it (its {hash tag} if it has
  // one); a single server ignores it. The words are copied before it returns. `done` runs exactly once, on the loop,
  // never inside call(). Not for commands that block on the server, nor for subscriptions.
  virtual void call(std::string_view slot_key, std::span<const std::string_view> words, Done done) = 0;

  // True while calls can be expected to succeed: of a cluster, every slot has a master that we are connected to.
  virtual bool connected() const = 0;
  // Runs on the loop whenever connected() changed, and never inside call(). Replaces the callback set before.
  virtual void on_state(std::function<void(bool connected)> changed) = 0;
  // Why there is no connection, for the log and /health; empty while connected.
  virtual std::string problem() const = 0;

  // The awaitable call:  const Result<Value> reply = co_await client.execute(key, words);
  // `slot_key` and `words` must be valid only until the coroutine is suspended.
  class Execution {
   public:
    Execution(Client& client, std::string_view slot_key, std::span<const std::string_view> words)
        : client_(client), slot_key_(slot_key), words_(words) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) {
      client_.call(slot_key_, words_, [this, waiter](Result<Value> result) {
        result_.emplace(std::move(result));
        waiter.resume();
      });
    }
    Result<Value> await_resume() { return std::move(*result_); }

   private:
    Client& client_;
    std::string_view slot_key_;
    std::span<const std::string_view> words_;
    std::optional<Result<Value>> result_;
  };
  Execution execute(std::string_view slot_key, std::span<const std::string_view> words) {
    return {*this, slot_key, words};
  }
};

// How a client behaves; one set of options may serve the clients of all loops.
struct ClientOptions {
  Millis call_timeout{500};
  Millis connect_timeout{2'000};  // TCP, TLS and login together
  Millis heartbeat{5'000};        // PING after so long without an answer; 0 = never
  Millis first_backoff{50};       // doubles with each failed attempt, half of it at random
  Millis longest_backoff{1'000};
  std::size_t max_waiting_calls = 50'000;            // per server
  std::size_t max_waiting_bytes = 64 * 1024 * 1024;  // of commands without an answer, per server
  std::size_t max_reply_bytes = 64 * 1024 * 1024;
  std::string name = "token-limiter";  // CLIENT SETNAME; printable, no blanks
  // TLS, for rediss://
  std::string ca_file;           // PEM; empty: the system's authorities
  std::string certificate_file;  // PEM, where the server wants to know its clients
  std::string key_file;
  bool insecure = false;  // true: the server's certificate is not verified
};

// A client for `url`, which connects by itself, now and whenever the connection was lost. Resolves the names in the
// URL, which may block: call it at start-up, before the loop runs, or on its thread.
// Errors: not_found (a host), invalid (the files for TLS). Not being able to connect is not an error here: see
// Client::problem(). The loop must outlive the client.
Result<std::unique_ptr<Client>> open_client(net::EventLoop& loop, const Url& url, const ClientOptions& options,
                                            Rng rng);

}  // namespace ktl::storage::redis
