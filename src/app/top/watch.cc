#include "app/top/watch.h"

#include "protocol/sse.h"

namespace ktl::app::top {
namespace {

constexpr Millis kConnectTimeout{3'000};
constexpr Millis kSilence{5'000};  // samples come once a second
constexpr Millis kLook{50};        // at the flag
constexpr int kRetryLooks = 20;

}  // namespace

net::Task<WatchEnd> Watch::run() {
  look_at_flag();
  while (!stop_) {
    co_await follow();
    if (status_ != 0 && status_ != 503) break;
    if (stop_ || (options_.once && samples_ > 0)) break;
    listener_.away();
    if (options_.once) break;
    for (int i = 0; i < kRetryLooks && !stop_; ++i) co_await loop_.sleep(kLook);
  }
  loop_.disarm(flag_timer_);
  if (status_ != 0 && status_ != 503) co_return WatchEnd::refused;
  co_return options_.once&& samples_ == 0 && !stop_ ? WatchEnd::away : WatchEnd::stopped;
}

// A signal's flag wakes nobody.
void Watch::look_at_flag() {
  if (stop_) {
    if (connection_ != nullptr) connection_->cancel();
    return;
  }
  loop_.arm(flag_timer_, loop_.now() + kLook, [this] { look_at_flag(); });
}

net::Task<void> Watch::follow() {
  status_ = 0;
  auto connection = co_await net::ClientConnection::connect(loop_, options_.address, kConnectTimeout);
  if (!connection) co_return;
  connection_ = connection->get();
  const std::string_view part = options_.request;
  auto sent = co_await connection_->send({&part, 1}, kConnectTimeout);
  if (sent) {
    auto head = co_await connection_->read_head(kSilence);
    if (head) status_ = (*head)->status == 200 ? 0 : (*head)->status;
    if (head && status_ == 0) co_await read_samples(**connection);
  }
  connection_ = nullptr;
}

net::Task<void> Watch::read_samples(net::ClientConnection& connection) {
  protocol::EventSplitter splitter;
  while (!stop_) {
    std::size_t consumed = 0;
    while (const auto event = splitter.next(connection.body(), consumed)) {
      const bool sample = event->has_data && event->name == "sample";
      if (sample) {
        ++samples_;
        listener_.sample(event->data);
      }
      connection.consume(consumed);
      if (sample && options_.once) co_return;
    }
    if (connection.all_received()) co_return;
    auto more = co_await connection.receive(kSilence);
    if (!more) co_return;
  }
}

}  // namespace ktl::app::top
