#include "protocol/request_inspector.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ktl::protocol {
namespace {

class RequestInspectorTest : public testing::Test {
 protected:
  RequestView read(Endpoint endpoint, std::string body) {
    body_ = std::move(body);
    const Inspection result = inspector_.inspect(endpoint, body_);
    EXPECT_TRUE(result.has_value()) << body_ << "\n" << (result ? "" : result.error().param);
    return result.value_or(RequestView{});
  }
  RequestView chat(std::string body) { return read(Endpoint::chat_completions, std::move(body)); }

  RequestInspector inspector_;
  std::string body_;
};

std::vector<std::string_view> list(std::span<const std::string_view> texts) {
  return {texts.begin(), texts.end()};
}
using Texts = std::vector<std::string_view>;

TEST_F(RequestInspectorTest, TellsTheFactsOfAChat) {
  const RequestView view = chat(
      R"({"model":"korean-qwen","messages":[{"role":"system","content":"너는 도우미야."},{"role":"user","content":"안녕?"}],)"
      R"("max_tokens":16,"n":2,"stream":true,"stream_options":{"include_usage":true},"user":"김","temperature":0.7})");
  EXPECT_EQ(view.model, "korean-qwen");
  EXPECT_TRUE(view.has_model);
  EXPECT_TRUE(view.stream);
  EXPECT_EQ(view.max_tokens, 16);
  EXPECT_EQ(view.n, 2);
  EXPECT_EQ(view.prompts, 1);
  EXPECT_TRUE(view.has_stream_options);
  EXPECT_TRUE(view.include_usage);
  EXPECT_FALSE(view.continuous_usage);
  EXPECT_EQ(view.user, "김");
  ASSERT_EQ(view.messages.size(), 2u);
  EXPECT_EQ(view.messages[0].role, "system");
  EXPECT_EQ(view.messages[1].content, "안녕?");
  EXPECT_FALSE(view.has_media);
}

TEST_F(RequestInspectorTest, TellsWhatTheChatTemplateWillBeTold) {
  const auto with = [this](const std::string& members) {
    return chat(R"({"messages":[{"role":"assistant","content":"a","reasoning_content":"생각"}])" + members + "}");
  };
  RequestView view = with("");
  EXPECT_EQ(view.messages[0].reasoning_content, "생각");
  EXPECT_EQ(view.tool_choice.kind, ToolChoice::Kind::any);
  EXPECT_FALSE(view.continue_final_message);
  EXPECT_EQ(view.enable_thinking, std::nullopt);
  EXPECT_EQ(with(R"(,"tool_choice":"none")").tool_choice.kind, ToolChoice::Kind::none);
  for (const char* any : {R"("auto")", R"("required")", "null", R"({"type":"any"})", "7", R"([{"name":"f"}])"})
    EXPECT_EQ(with(std::string(R"(,"tool_choice":)") + any).tool_choice.kind, ToolChoice::Kind::any) << any;
  view = with(R"(,"tool_choice":{"type":"function","function":{"x":1,"n\u0061me":"날씨"}})");
  EXPECT_EQ(view.tool_choice.kind, ToolChoice::Kind::named);
  EXPECT_EQ(view.tool_choice.name, "날씨");
  EXPECT_EQ(with(R"(,"tool_choice":{"type":"tool","name":"f"})").tool_choice.name, "f");
  EXPECT_TRUE(with(R"(,"continue_final_message":true)").continue_final_message);
  EXPECT_EQ(with(R"(,"chat_template_kwargs":{"a":{},"enable_thinking":false})").enable_thinking, false);
  EXPECT_EQ(with(R"(,"chat_template_kwargs":{"enable_thinking":"no"})").enable_thinking, std::nullopt);
}

TEST_F(RequestInspectorTest, ViewsUnescapedTextInPlace) {
  const RequestView view = chat(R"({"messages":[{"role":"user","content":"그대로"}]})");
  const auto* begin = view.messages[0].content.data();
  EXPECT_TRUE(begin > body_.data() && begin < body_.data() + body_.size());
}

TEST_F(RequestInspectorTest, AbsentMembersHaveTheirDefaults) {
  const RequestView view = chat(R"({"messages":[{"role":"user","content":""}]})");
  EXPECT_FALSE(view.has_model);
  EXPECT_FALSE(view.stream);
  EXPECT_EQ(view.max_tokens, std::nullopt);
  EXPECT_EQ(view.n, 1);
  EXPECT_FALSE(view.has_stream_options);
}

TEST_F(RequestInspectorTest, NullIsTheSameAsAbsent) {
  const RequestView view = chat(
      R"({"model":null,"messages":[{"role":"assistant","content":null,"tool_calls":null}],"max_tokens":null,"n":null,)"
      R"("stream":null,"stream_options":null,"user":null,"tools":null,"max_completion_tokens":null,"input_ids":null})");
  EXPECT_FALSE(view.has_model);
  EXPECT_EQ(view.max_tokens, std::nullopt);
  EXPECT_EQ(view.n, 1);
  EXPECT_FALSE(view.has_stream_options);
  EXPECT_EQ(view.messages[0].content, "");
  EXPECT_EQ(view.tools_json, "");
}

TEST_F(RequestInspectorTest, MaxCompletionTokensBeatsMaxTokens) {
  EXPECT_EQ(chat(R"({"max_tokens":5,"max_completion_tokens":7,"messages":[{"role":"user","content":"a"}]})").max_tokens,
            7);
  EXPECT_EQ(
      chat(R"({"max_completion_tokens":null,"max_tokens":5,"messages":[{"role":"user","content":"a"}]})").max_tokens,
      5);
}

TEST_F(RequestInspectorTest, JoinsTextPartsWithOneBlank) {
  const RequestView view =
      chat(R"({"messages":[{"role":"user","content":[{"type":"text","text":"하나"},{"text":"\ub458","type":"text"},)"
           R"({"type":"text","text":"셋"}]}]})");
  EXPECT_EQ(view.messages[0].content, "하나 둘 셋");
  EXPECT_FALSE(view.has_media);
}

TEST_F(RequestInspectorTest, NoticesMediaBesideText) {
  const RequestView view = chat(R"({"messages":[{"role":"user","content":[{"type":"text","text":"뭐야?"},)"
                                R"({"type":"image_url","image_url":{"url":"data:,"}}]}]})");
  EXPECT_EQ(view.messages[0].content, "뭐야?");
  EXPECT_TRUE(view.has_media);
}

TEST_F(RequestInspectorTest, KeepsToolsAndToolCallsRaw) {
  const RequestView view =
      chat(R"({"tools":[ {"type":"function"} ],"messages":[{"role":"assistant","tool_calls":[{"id":"a"}]},)"
           R"({"role":"tool","content":"x","tool_call_id":"a"}]})");
  EXPECT_EQ(view.tools_json, R"([ {"type":"function"} ])");
  EXPECT_EQ(view.messages[0].tool_calls_json, R"([{"id":"a"}])");
  EXPECT_EQ(view.messages[0].content, "");
}

TEST_F(RequestInspectorTest, AnEmptyListOfToolsIsNone) {
  EXPECT_EQ(chat(R"({"tools":[ ],"messages":[{"role":"user","content":"a"}]})").tools_json, "");
}

TEST_F(RequestInspectorTest, SeesThroughEscapedKeysAndText) {
  const RequestView view =
      chat(R"({"\u006dodel":"k\u006frean","m\u0065ssages":[{"r\u006fle":"user","content":"줄\n바꿈 \ud83d\ude00"}]})");
  EXPECT_EQ(view.model, "korean");
  EXPECT_EQ(view.messages[0].content, "줄\n바꿈 😀");
}

TEST_F(RequestInspectorTest, ReadsEveryFormOfPrompt) {
  const auto prompt = [&](const std::string& value) {
    return read(Endpoint::completions, "{\"prompt\":" + value + "}");
  };
  EXPECT_EQ(list(prompt(R"("가나")").texts), Texts{"가나"});
  const RequestView two = prompt(R"(["a","b"])");
  EXPECT_EQ(list(two.texts), (Texts{"a", "b"}));
  EXPECT_EQ(two.prompts, 2);
  const RequestView ids = prompt("[1,2, 3]");
  EXPECT_EQ(ids.token_ids, 3);
  EXPECT_EQ(ids.prompts, 1);
  const RequestView lists = prompt("[[1,2],[3]]");
  EXPECT_EQ(lists.token_ids, 3);
  EXPECT_EQ(lists.prompts, 2);
}

TEST_F(RequestInspectorTest, ReadsInputsOfEmbeddings) {
  EXPECT_EQ(list(read(Endpoint::embeddings, R"({"input":["a","b"]})").texts), (Texts{"a", "b"}));
  const RequestView mixed = read(Endpoint::embeddings, R"({"input":[{"text":"a"},{"image":"x"}]})");
  EXPECT_EQ(list(mixed.texts), Texts{"a"});
  EXPECT_TRUE(mixed.has_media);
}

TEST_F(RequestInspectorTest, ReadsQueryAndDocumentsInEitherOrder) {
  const RequestView rerank = read(Endpoint::rerank, R"({"query":"q","documents":["a","b"],"top_n":1})");
  EXPECT_EQ(list(rerank.texts), (Texts{"q", "a", "b"}));
  EXPECT_EQ(rerank.prompts, 2);
  EXPECT_EQ(rerank.query_texts, 1u);
  EXPECT_EQ(list(read(Endpoint::score, R"({"items":["a"],"query":"q"})").texts), (Texts{"q", "a"}));
}

TEST_F(RequestInspectorTest, ReadsResponses) {
  const RequestView text = read(Endpoint::responses, R"({"input":"안녕","instructions":"짧게","max_output_tokens":9})");
  ASSERT_EQ(text.messages.size(), 2u);
  EXPECT_EQ(text.messages[0].role, "system");
  EXPECT_EQ(text.messages[0].content, "짧게");
  EXPECT_EQ(text.messages[1].content, "안녕");
  EXPECT_EQ(text.max_tokens, 9);
  const RequestView items =
      read(Endpoint::responses,
           R"({"input":[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]},)"
           R"({"type":"function_call","name":"f","arguments":"{}","call_id":"c"},)"
           R"({"type":"function_call_output","call_id":"c","output":"맑음"}],"background":false})");
  ASSERT_EQ(items.messages.size(), 3u);
  EXPECT_EQ(items.messages[0].content, "a b");
  EXPECT_EQ(items.messages[2].role, "tool");
  EXPECT_EQ(items.messages[2].content, "맑음");
}

TEST_F(RequestInspectorTest, ReadsAnthropicMessages) {
  const RequestView view = read(
      Endpoint::messages,
      R"({"model":"m","max_tokens":5,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t",)"
      R"("content":[{"type":"text","text":"결과"}]},{"type":"text","text":"끝"}]}],"system":[{"type":"text","text":"규칙"}]})");
  ASSERT_EQ(view.messages.size(), 2u);
  EXPECT_EQ(view.messages[0].content, "규칙");
  EXPECT_EQ(view.messages[1].content, "결과 끝");
  EXPECT_FALSE(view.has_media);
  EXPECT_EQ(view.max_tokens, 5);
}

TEST_F(RequestInspectorTest, ReadsBothFormsOfTokenize) {
  EXPECT_EQ(list(read(Endpoint::tokenize, R"({"prompt":"가"})").texts), Texts{"가"});
  EXPECT_EQ(read(Endpoint::tokenize, R"({"messages":[{"role":"user","content":"가"}]})").messages.size(), 1u);
}

TEST_F(RequestInspectorTest, IgnoresMembersOfOtherEndpoints) {
  const RequestView view =
      read(Endpoint::embeddings, R"({"input":"a","stream":"yes","n":0,"max_tokens":-1,"prompt":7})");
  EXPECT_FALSE(view.stream);
}

TEST_F(RequestInspectorTest, MarksEngineControlsForRemoval) {
  const RequestView view = chat(
      R"({"rid":"x","messages":[{"role":"user","content":"a"}],"priority":9,"bootstrap_host":"h","cache_salt":"s",)"
      R"("routed_dp_rank":1,"session_id":"s","custom_params":{},"lora_path":"l","return_hidden_states":true})");
  EXPECT_EQ(view.positions.removed.size(), 6u);
}

TEST_F(RequestInspectorTest, KeepsNothingOfTheRequestBefore) {
  chat(R"({"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}],"rid":"x","stream":true})");
  const RequestView view = read(Endpoint::completions, R"({"prompt":"p"})");
  EXPECT_TRUE(view.messages.empty());
  EXPECT_TRUE(view.positions.removed.empty());
  EXPECT_FALSE(view.stream);
}

TEST_F(RequestInspectorTest, TakesTextsLargerThanItsFirstBuffer) {
  std::string escaped;
  for (int i = 0; i < 50'000; ++i) escaped += "\\uac00";
  const RequestView view = chat(R"({"messages":[{"role":"user","content":")" + escaped + R"("}]})");
  EXPECT_EQ(view.messages[0].content.size(), 150'000u);
  EXPECT_TRUE(view.messages[0].content.ends_with("가"));
}

}  // namespace
}  // namespace ktl::protocol
