#include "app/bench/stream_meter.h"

#include "protocol/stream_event.h"

namespace ktl::app::bench {

std::size_t StreamMeter::take(std::string_view body, MonoTime now) {
  std::size_t taken = 0;
  std::size_t length = 0;
  while (const auto event = splitter_.next(body.substr(taken), length)) {
    taken += length;
    const auto facts = protocol::inspect_event(protocol::Endpoint::chat_completions, *event);
    done_ = done_ || facts.is_done;
    if (facts.error && !error_) error_ = facts.error->message;
    if (facts.usage) {
      if (!usage_) usage_.emplace();
      protocol::merge_usage(*usage_, *facts.usage);
    }
    if (!facts.has_content) continue;
    (outputs_++ == 0 ? first_token_ : inter_token_).add(now - last_);
    last_ = now;
  }
  return taken;
}

}  // namespace ktl::app::bench
