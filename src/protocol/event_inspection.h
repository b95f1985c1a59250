#pragma once
// The facts of one event's data, by dialect. Internal to stream_event.cc.
#include <string_view>

#include "protocol/stream_event.h"

namespace ktl::protocol {

inline constexpr int kEventDepth = 128;

StreamEvent inspect_chunk(std::string_view data);           // chat and completions
StreamEvent inspect_response_event(std::string_view data);  // OpenAI Responses
StreamEvent inspect_message_event(std::string_view data);   // Anthropic messages

// A piece of generated text, still escaped; nothing if empty.
inline void note_text(StreamEvent& facts, std::string_view text) {
  if (text.empty()) return;
  facts.has_content = true;
  if (facts.content.empty()) facts.content = text;
}

}  // namespace ktl::protocol
