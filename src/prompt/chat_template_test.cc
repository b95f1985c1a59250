#include "prompt/chat_template.h"

#include <gtest/gtest.h>

#include "prompt/test_support.h"

namespace ktl::prompt {
namespace {

constexpr std::string_view kDefaultSystem =
    "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n";

std::string rendered(TemplateFamily family, const TestPrompt& prompt,
                     EngineDialect dialect = EngineDialect::sglang_defer_loading) {
  return render({family, dialect}, prompt.view());
}

TEST(RecordedChats, AreRenderedByteForByte) {
  std::size_t renderings = 0;
  for (const RecordedChat& one : recorded_chats()) {
    for (const auto& [key, text] : one.rendered) {
      EXPECT_EQ(render(template_of(key), one.prompt.view()), text) << one.name << ", " << key;
      ++renderings;
    }
  }
  EXPECT_GE(renderings, 40u);
}

TEST(Qwen, RolesInAnyCaseAreTheSameRole) {
  TestPrompt prompt;
  prompt.add("SYSTEM", "규칙");
  prompt.add("User", "안녕");
  EXPECT_EQ(rendered(TemplateFamily::qwen2_5, prompt),
            "<|im_start|>system\n규칙<|im_end|>\n<|im_start|>user\n안녕<|im_end|>\n<|im_start|>assistant\n");
}

TEST(Qwen, ConsecutiveToolResultsShareOneUserTurn) {
  TestPrompt prompt;
  prompt.add("system", "");
  prompt.add("tool", "1");
  prompt.add("tool", "2");
  prompt.add("user", "3");
  EXPECT_EQ(
      rendered(TemplateFamily::qwen2_5, prompt),
      "<|im_start|>system\n<|im_end|>\n<|im_start|>user\n<tool_response>\n1\n</tool_response>\n<tool_response>\n2\n"
      "</tool_response><|im_end|>\n<|im_start|>user\n3<|im_end|>\n<|im_start|>assistant\n");
}

TEST(Qwen, ToolCallArgumentsGivenAsTextAreReadAndDumpedAgain) {
  TestPrompt prompt;
  prompt.add("system", "s");
  prompt.add("assistant", "", R"([{"function":{"name":"f","arguments":"{\"a\":1e3,\"\\uc11c\":\"\\/\"}"}}])");
  prompt.add("user", "u");
  EXPECT_EQ(rendered(TemplateFamily::qwen2_5, prompt),
            "<|im_start|>system\ns<|im_end|>\n<|im_start|>assistant\n<tool_call>\n"
            "{\"name\": \"f\", \"arguments\": {\"a\": 1000.0, \"서\": \"/\"}}\n</tool_call><|im_end|>\n"
            "<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\n");
}

TEST(Sglang, TurnsALastAssistantMessageIntoTheUsersAndDropsItsCalls) {
  TestPrompt prompt;
  prompt.add("user", "a");
  prompt.add("assistant", "b", R"([{"function":{"name":"f","arguments":"{}"}}])");
  EXPECT_EQ(rendered(TemplateFamily::chatml, prompt),
            "<|im_start|>user\na<|im_end|>\n<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(rendered(TemplateFamily::chatml, prompt, EngineDialect::vllm),
            "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb<|im_end|>\n<|im_start|>assistant\n");
}

TEST(Sglang, ContinuesTheLastAssistantMessageAfterTheGenerationPrompt) {
  TestPrompt prompt;
  prompt.add("user", "a");
  prompt.add("assistant", " 네, ");
  prompt.continued = true;
  EXPECT_EQ(rendered(TemplateFamily::chatml, prompt), "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n 네, ");
  EXPECT_EQ(rendered(TemplateFamily::solar, prompt), "### User:\na\n\n### Assistant:\n 네, ");
}

TEST(ToolChoice, NoneHidesTheToolsAndANameLeavesOne) {
  TestPrompt prompt;
  prompt.add("user", "u");
  prompt.tools = R"([{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"b"}}])";
  const std::string both = rendered(TemplateFamily::qwen2_5, prompt);
  EXPECT_NE(both.find("\"name\": \"a\""), std::string::npos);
  EXPECT_NE(both.find("\"name\": \"b\""), std::string::npos);

  prompt.choice = tokenizer::ToolChoice::Kind::none;
  EXPECT_EQ(rendered(TemplateFamily::qwen2_5, prompt),
            std::string(kDefaultSystem) + "<|im_start|>user\nu<|im_end|>\n<|im_start|>assistant\n");
  EXPECT_EQ(rendered(TemplateFamily::qwen2_5, prompt, EngineDialect::vllm).find("# Tools") != std::string::npos, true);

  prompt.choice = tokenizer::ToolChoice::Kind::named;
  prompt.tool_name = "b";
  const std::string one = rendered(TemplateFamily::qwen2_5, prompt);
  EXPECT_EQ(one.find("\"name\": \"a\""), std::string::npos);
  EXPECT_NE(one.find("\"name\": \"b\""), std::string::npos);
  prompt.tool_name = "c";
  EXPECT_EQ(rendered(TemplateFamily::qwen2_5, prompt).find("# Tools"), std::string::npos);
}

TEST(Qwen3, LeavesThePastsThinkingOutAndKeepsItAfterTheLastQuestion) {
  TestPrompt prompt;
  prompt.add("user", "q1");
  prompt.add("assistant", "<think>\nt1\n</think>\n\na1");
  prompt.add("user", "q2");
  prompt.add("assistant", "<think>\nt2\n</think>\n\na2", R"([{"function":{"name":"f","arguments":{}}}])");
  prompt.add("tool", "r");
  prompt.thinking = false;
  EXPECT_EQ(rendered(TemplateFamily::qwen3, prompt),
            "<|im_start|>user\nq1<|im_end|>\n<|im_start|>assistant\na1<|im_end|>\n<|im_start|>user\nq2<|im_end|>\n"
            "<|im_start|>assistant\n<think>\nt2\n</think>\n\na2\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n"
            "</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nr\n</tool_response><|im_end|>\n"
            "<|im_start|>assistant\n<think>\n\n</think>\n\n");
}

TEST(Llama3, StripsContentsOfPythonsBlanks) {
  TestPrompt prompt;
  prompt.add("user", "\x1C \xE3\x80\x80\xC2\x85\n안녕 \xE2\x80\x8B\xE2\x80\x89\t");
  EXPECT_EQ(rendered(TemplateFamily::llama3, prompt),
            "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n안녕 \xE2\x80\x8B<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
}

TEST(Families, AreToldByNameOnlyWhereItIsCertain) {
  EXPECT_EQ(family_of_model("Qwen/Qwen2.5-7B-Instruct-AWQ"), TemplateFamily::qwen2_5);
  EXPECT_EQ(family_of_model("/models/qwen2.5-coder-7b-instruct"), TemplateFamily::qwen2_5);
  EXPECT_EQ(family_of_model("Qwen/Qwen2.5-7B"), TemplateFamily::unknown);
  EXPECT_EQ(family_of_model("Qwen/Qwen2.5-VL-7B-Instruct"), TemplateFamily::unknown);
  EXPECT_EQ(family_of_model("Qwen/Qwen2.5-Math-7B-Instruct"), TemplateFamily::unknown);
  EXPECT_EQ(family_of_model("Qwen/Qwen3-8B"), TemplateFamily::qwen3);
  EXPECT_EQ(family_of_model("Qwen/Qwen3-4B-Instruct-2507"), TemplateFamily::unknown);
  EXPECT_EQ(family_of_model("meta-llama/Meta-Llama-3-8B-Instruct"), TemplateFamily::llama3);
  EXPECT_EQ(family_of_model("meta-llama/Llama-3.1-8B-Instruct"), TemplateFamily::unknown);
  EXPECT_EQ(family_of_model("upstage/SOLAR-10.7B-Instruct-v1.0"), TemplateFamily::solar);
  EXPECT_EQ(family_named(name_of(TemplateFamily::qwen2_5)), TemplateFamily::qwen2_5);
  EXPECT_EQ(family_named("gpt"), std::nullopt);
}

TEST(Dialects, FollowTheEnginesVersion) {
  EXPECT_EQ(dialect_of("sglang", "0.4.6.post1"), EngineDialect::sglang_function);
  EXPECT_EQ(dialect_of("SGLang", "v0.5.9"), EngineDialect::sglang_tool);
  EXPECT_EQ(dialect_of("sglang", "0.5.15.post1"), EngineDialect::sglang_defer_loading);
  EXPECT_EQ(dialect_of("sglang", "1.0"), EngineDialect::sglang_defer_loading);
  EXPECT_EQ(dialect_of("sglang", ""), EngineDialect::sglang_defer_loading);
  EXPECT_EQ(dialect_of("sglang", "0.0.0.dev0"), EngineDialect::sglang_defer_loading);
  EXPECT_EQ(dialect_of("sglang", "main"), EngineDialect::sglang_defer_loading);
  EXPECT_EQ(dialect_of("vllm", "0.28.0"), EngineDialect::vllm);
  EXPECT_EQ(dialect_of("other", "1"), EngineDialect::as_sent);
}

}  // namespace
}  // namespace ktl::prompt
