#pragma once
// Follows the live samples of a gateway, and finds it again when it was away.
#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "net/address.h"
#include "net/http_client.h"
#include "net/task.h"

namespace ktl::app::top {

struct WatchOptions {
  net::Address address{};
  std::string request;  // the whole head of GET /admin/events
  bool once = false;    // end after the first sample, and do not wait for a gateway that is away
};

enum class WatchEnd : std::uint8_t {
  stopped,  // by the flag, or after the first sample
  refused,  // the gateway does not let us
  away,     // only with `once`
};

class Watch {
 public:
  struct Listener {
    std::function<void(std::string_view json)> sample;
    std::function<void()> away;  // the connection is lost, or there was none; told once until there is a sample again
  };

  Watch(net::EventLoop& loop, WatchOptions options, Listener listener, const std::atomic<bool>& stop)
      : loop_(loop), options_(std::move(options)), listener_(std::move(listener)), stop_(stop) {}

  // Until it is told to stop. `status` is that of a refusal.
  net::Task<WatchEnd> run();
  int status() const { return status_; }

 private:
  net::Task<void> follow();
  net::Task<void> read_samples(net::ClientConnection& connection);
  void look_at_flag();

  net::EventLoop& loop_;
  const WatchOptions options_;
  const Listener listener_;
  const std::atomic<bool>& stop_;
  net::ClientConnection* connection_ = nullptr;  // that is read from
  net::Timer flag_timer_;
  std::size_t samples_ = 0;
  int status_ = 0;
};

}  // namespace ktl::app::top
