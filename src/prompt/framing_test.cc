#include "prompt/framing.h"

#include <gtest/gtest.h>

#include "tokenizer/estimate.h"

namespace ktl::prompt {
namespace {

TEST(Framing, OfTheEstimateIsWhatChatMlPutsAround) {
  const Framing framing = framing_of(tokenizer::EstimateCounter());
  EXPECT_EQ(framing.message, 5);
  EXPECT_EQ(framing.chat, 24);
  EXPECT_EQ(framing.chat_with_system, 3);
}

}  // namespace
}  // namespace ktl::prompt
