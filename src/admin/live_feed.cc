#include "admin/live_feed.h"

#include <algorithm>
#include <utility>

namespace ktl::admin {

Viewer::Viewer(LiveFeed& feed, net::EventLoop& loop, std::function<void()> give_up)
    : feed_(feed), loop_(loop), give_up_(std::move(give_up)), frame_(feed.newest()) {
  if (frame_) newest_ = frame_->number;
  feed_.audience_of(loop_)->push_back(this);
  feed_.viewers_.fetch_add(1, std::memory_order_relaxed);
}

Viewer::~Viewer() {
  std::erase(*feed_.audience_of(loop_), this);
  feed_.viewers_.fetch_sub(1, std::memory_order_relaxed);
}

bool Viewer::Next::await_ready() const {
  return viewer.canceled_ || viewer.frame_ != nullptr || viewer.feed_.last() != nullptr;
}

FramePtr Viewer::Next::await_resume() {
  viewer.missed_ = 0;
  if (viewer.canceled_) return nullptr;
  if (viewer.frame_ != nullptr) return std::exchange(viewer.frame_, nullptr);
  return viewer.feed_.last();
}

void Viewer::cancel() {
  canceled_ = true;
  if (waiter_) std::exchange(waiter_, nullptr).resume();
}

void Viewer::offer(const FramePtr& frame) {
  if (frame->number <= newest_) return;  // was on its way when this viewer came, and found a newer one
  newest_ = frame->number;
  frame_ = frame;
  if (waiter_) {
    std::exchange(waiter_, nullptr).resume();  // *this may be gone after that
  } else if (++missed_ == kPatience) {
    give_up_();
  }
}

std::shared_ptr<LiveFeed::Audience> LiveFeed::audience_of(net::EventLoop& loop) {
  const std::lock_guard lock(mutex_);
  auto& audience = audiences_[&loop];
  if (!audience) audience = std::make_shared<Audience>();
  return audience;
}

void LiveFeed::publish(FramePtr frame) {
  std::atomic_store(&newest_, frame);
  offer(frame);
}

void LiveFeed::close(FramePtr last) {
  std::atomic_store(&last_, last);
  offer(last);
}

void LiveFeed::offer(const FramePtr& frame) {
  const std::lock_guard lock(mutex_);
  for (const auto& [loop, audience] : audiences_) {
    loop->post([audience = audience, frame] {
      const Audience present = *audience;  // a copy: an offer may end a viewer
      for (Viewer* viewer : present)
        if (std::find(audience->begin(), audience->end(), viewer) != audience->end()) viewer->offer(frame);
    });
  }
}

}  // namespace ktl::admin
