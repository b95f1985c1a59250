#include "gateway/departure.h"

namespace ktl::gateway {
namespace {

net::Task<void> abort_at_engine(upstream::Link& link, std::string rid) { co_await link.abort(std::move(rid)); }

}  // namespace

Departure::~Departure() { x_.http.on_client_gone(nullptr); }

void Departure::watch(upstream::Link& link) {
  link_ = &link;
  x_.http.on_client_gone([this] { on_left(); });
}

void Departure::watch(std::function<void()> leave_queue) {
  x_.http.on_client_gone([this, leave = std::move(leave_queue)] {
    left_ = true;
    leave();
  });
}

void Departure::on_left() {
  left_ = true;
  stop_engine();
}

void Departure::stop_engine() {
  if (stopping_ || link_ == nullptr) return;
  stopping_ = true;
  if (link_->can_abort()) {
    x_.on.loop.spawn(abort_at_engine(*link_, x_.rid));
    x_.on.loop.arm(patience_, x_.on.loop.now() + x_.shared().options.abort_grace, [this] {
      if (connection_ != nullptr) connection_->cancel();
    });
  } else if (connection_ != nullptr) {
    connection_->cancel();
  }
}

}  // namespace ktl::gateway
