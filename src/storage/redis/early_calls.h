#pragma once
// Calls made before the first attempt to connect has ended. They wait for its end, because a connection that nobody has
// tried yet says nothing about the server: a gateway would refuse its first requests although all is well. Each waits
// within its own deadline, and all of them within the bounds of a client that is connected.
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "storage/redis/client.h"

namespace ktl::storage::redis {

class EarlyCalls {
 public:
  struct Call {
    std::string command;  // as append_command wrote it
    MonoTime deadline;
    Done done;
    std::uint16_t slot = 0;  // of a cluster
  };

  // `server`: for messages.
  EarlyCalls(net::EventLoop& loop, const ClientOptions& options, std::string server);

  bool ended() const { return ended_; }
  // Until the attempt has ended, and in the order of the deadlines. `done` hears of it at once if too many wait, and if
  // the attempt takes longer than the deadline.
  void add(Call call);
  // The attempt has ended, well or not: whoever waited is the caller's now.
  std::deque<Call> end();

 private:
  void expire();

  net::EventLoop& loop_;
  const std::size_t max_calls_;
  const std::size_t max_bytes_;
  const std::string server_;
  bool ended_ = false;
  std::deque<Call> calls_;
  std::size_t bytes_ = 0;
  net::Timer timer_;  // the first deadline
};

}  // namespace ktl::storage::redis
