#pragma once
// A thread of its own with a connection to Redis: for whoever may wait (start, reload, the command line), and for the
// store's work in the background, which runs on its loop. Makes sure that the server has our functions.
//
// call() from any thread but the session's own.
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "net/event_loop.h"
#include "storage/redis/client.h"
#include "storage/redis/functions.h"

namespace ktl::storage::redis {

// Runs a call of a function on `client`; if the server does not know the function, gives it our library and tries once
// more. Everything that it refers to outlives the task.
net::Task<Result<Value>> call_function(Client& client, const Command& command);

// A call's reply; a server's error is a failure, too (io).
Result<Value> unless_error(Result<Value> reply);

class Session {
 public:
  struct Options {
    Url url;
    ClientOptions client;
    Millis patience{10'000};  // for the first connection
  };
  // Waits until the server answers and has our functions. Errors: unavailable (with the server's or the client's
  // words), conflict (a newer program's functions under our ABI), not_found, invalid.
  static Result<std::unique_ptr<Session>> open(const Options& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Waits for the answer. Failure: storage, unavailable or timeout.
  Result<Value> call(const Command& command);
  // Makes all calls at once, and waits for all answers.
  std::vector<Result<Value>> call_all(std::span<const Command> commands);

  net::EventLoop& loop() { return loop_; }
  Client& client() { return *client_; }  // on the loop only
  bool is_cluster() const { return cluster_; }

 private:
  Session() = default;
  Result<void> wait_for_server(Millis patience);

  net::EventLoop loop_;
  std::unique_ptr<Client> client_;
  bool cluster_ = false;
  std::thread thread_;
};

}  // namespace ktl::storage::redis
