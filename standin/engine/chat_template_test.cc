#include "standin/engine/chat_template.h"

#include <gtest/gtest.h>

namespace ktl::standin {
namespace {

const std::string kDefault =
    "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n";
const std::string kAnswer = "<|im_start|>assistant\n";

TEST(ChatTemplate, AChatWithoutSystemTurnGetsTheDefaultOne) {
  EXPECT_EQ(render_chat({{"user", " 안녕 ", {}}}, {}), kDefault + "<|im_start|>user\n 안녕 <|im_end|>\n" + kAnswer);
  EXPECT_EQ(render_chat({{"user", "a", {}}, {"system", "b", {}}}, {}),
            kDefault + "<|im_start|>user\na<|im_end|>\n<|im_start|>system\nb<|im_end|>\n" + kAnswer);
  EXPECT_EQ(render_chat({{"system", "", {}}}, {}), "<|im_start|>system\n<|im_end|>\n" + kAnswer);
}

TEST(ChatTemplate, ToolsStandBehindTheSystemText) {
  const std::string text = render_chat({{"system", "지시", {}}, {"user", "x", {}}}, {"{1}", "{2}"});
  EXPECT_TRUE(text.starts_with("<|im_start|>system\n지시\n\n# Tools\n\nYou may call one or more")) << text;
  EXPECT_NE(text.find("XML tags:\n<tools>\n{1}\n{2}\n</tools>\n\nFor each function call,"), std::string::npos) << text;
  EXPECT_NE(text.find("\"arguments\": <args-json-object>}\n</tool_call><|im_end|>\n<|im_start|>user\nx<|im_end|>\n"),
            std::string::npos)
      << text;
}

TEST(ChatTemplate, CallsFollowTheirContentAndAnEmptyContentLeavesNoLine) {
  const std::vector<ChatCall> calls{{"f", "{}"}, {"g", R"({"a": 1})"}};
  const std::string rendered =
      "\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>"
      "\n<tool_call>\n{\"name\": \"g\", \"arguments\": {\"a\": 1}}\n</tool_call><|im_end|>\n";
  const ChatTurn user{"user", "x", {}};
  const std::string before = kDefault + "<|im_start|>user\nx<|im_end|>\n<|im_start|>assistant";
  EXPECT_EQ(render_chat({user, {"assistant", "", calls}}, {}), before + rendered + kAnswer);
  EXPECT_EQ(render_chat({user, {"assistant", "보자", calls}}, {}), before + "\n보자" + rendered + kAnswer);
  EXPECT_EQ(render_chat({user, {"assistant", "", {}}}, {}), before + "\n<|im_end|>\n" + kAnswer);
}

TEST(ChatTemplate, NeighbouringToolResultsShareOneUserTurn) {
  EXPECT_EQ(
      render_chat({{"tool", "1", {}}, {"tool", "2", {}}, {"user", "x", {}}, {"tool", "3", {}}}, {}),
      kDefault +
          "<|im_start|>user\n<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n</tool_response><|im_end|>\n"
          "<|im_start|>user\nx<|im_end|>\n<|im_start|>user\n<tool_response>\n3\n</tool_response><|im_end|>\n" +
          kAnswer);
}

TEST(ChatTemplate, RolesItDoesNotKnowAreLeftOut) {
  EXPECT_EQ(render_chat({{"developer", "a", {}}, {"user", "b", {}}, {"function", "c", {}}}, {}),
            kDefault + "<|im_start|>user\nb<|im_end|>\n" + kAnswer);
}

TEST(ChatTemplate, AnAnswerBegunStandsAtTheEnd) {
  EXPECT_EQ(render_chat({{"user", "a", {}}}, {}, "네, "),
            kDefault + "<|im_start|>user\na<|im_end|>\n" + kAnswer + "네, ");
}

}  // namespace
}  // namespace ktl::standin
