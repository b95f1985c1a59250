#pragma once
// What a model's chat template puts around the messages of a chat, in tokens: so much for the chat, so much for each
// message. Measured on the model's own counter. For figures about the text alone, not for charging: where text and
// template touch, a tokenizer may join what is counted apart here, so that a message is told to within a token or two.
#include <cstdint>

#include "tokenizer/prompt_counter.h"

namespace ktl::prompt {

struct Framing {
  std::int64_t chat = 0;              // of one that begins with the user
  std::int64_t chat_with_system = 0;  // of one that begins with a system message: no default one is put before it
  std::int64_t message = 0;           // each

  std::int64_t of(std::int64_t messages, bool begins_with_system) const {
    return (begins_with_system ? chat_with_system : chat) + messages * message;
  }
};

Framing framing_of(const tokenizer::PromptCounter& counter);

}  // namespace ktl::prompt
