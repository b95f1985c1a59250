// Malformed requests, each with the problem, the param and the code that its sender is told.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "protocol/messages.h"
#include "protocol/request_inspector.h"

namespace ktl::protocol {
namespace {

struct Bad {
  Endpoint endpoint;
  std::string body;
  ProblemId id;
  std::string param;
  std::string code;
};

void PrintTo(const Bad& bad, std::ostream* out) {
  *out << bad.body.substr(0, 80);
}

std::string chat_with(const std::string& member) {
  return R"({"messages":[{"role":"user","content":"a"}],)" + member + "}";
}

std::string nested(std::size_t levels) {
  return chat_with("\"x\":" + std::string(levels, '[') + std::string(levels, ']'));
}

const Endpoint kChat = Endpoint::chat_completions;

const Bad kBad[] = {
    // JSON itself
    {kChat, "", ProblemId::empty_body, "", "empty_body"},
    {kChat, " \r\n\t", ProblemId::empty_body, "", "empty_body"},
    {kChat, "{", ProblemId::invalid_json, "", "invalid_json"},
    {kChat, "messages=a", ProblemId::invalid_json, "", "invalid_json"},
    {kChat, chat_with("\"x\":nul"), ProblemId::invalid_json, "", "invalid_json"},
    {kChat, chat_with("\"x\":01"), ProblemId::invalid_json, "", "invalid_json"},
    {kChat, chat_with("\"x\":NaN"), ProblemId::invalid_json, "", "invalid_json"},
    {kChat, chat_with("\"x\":\"\\uD800\""), ProblemId::invalid_json, "", "invalid_json"},
    {kChat, chat_with("\"x\":\"a\nb\""), ProblemId::invalid_json, "", "invalid_json"},
    {kChat, R"({"messages":[{"role":"user","content":"a"}],})", ProblemId::invalid_json, "", "invalid_json"},
    {kChat, R"({"messages":[{"role":"user","content":"a"}] "n":1})", ProblemId::invalid_json, "", "invalid_json"},
    {kChat, R"({'messages':[]})", ProblemId::invalid_json, "", "invalid_json"},
    {kChat, "\xEF\xBB\xBF{}", ProblemId::invalid_json, "", "invalid_json"},
    {kChat, chat_with("\"x\":\"\xC0\xAF\""), ProblemId::invalid_utf8, "", "invalid_utf8"},
    {kChat, chat_with("\"x\":\"\xED\xA0\x80\""), ProblemId::invalid_utf8, "", "invalid_utf8"},
    {kChat, chat_with("\"x\":\"\xEA\xB0\""), ProblemId::invalid_utf8, "", "invalid_utf8"},
    {kChat, nested(RequestInspector::kMaxDepth), ProblemId::too_deep, "", "json_too_deep"},
    {kChat, nested(100'000), ProblemId::too_deep, "", "json_too_deep"},
    {kChat, "[]", ProblemId::not_an_object, "", "invalid_type"},
    {kChat, "\"{}\"", ProblemId::not_an_object, "", "invalid_type"},
    {kChat, "null", ProblemId::not_an_object, "", "invalid_type"},
    {kChat, chat_with("\"x\":1") + "{}", ProblemId::trailing_bytes, "", "invalid_json"},
    {kChat, chat_with("\"x\":1") + std::string(1, '\0'), ProblemId::trailing_bytes, "", "invalid_json"},
    // members twice
    {kChat, chat_with(R"("model":"a","model":"b")"), ProblemId::duplicate_member, "model", "duplicate_parameter"},
    {kChat, chat_with(R"("model":"a","mod\u0065l":"b")"), ProblemId::duplicate_member, "model", "duplicate_parameter"},
    {kChat, chat_with(R"("messages":[])"), ProblemId::duplicate_member, "messages", "duplicate_parameter"},
    {kChat, chat_with(R"("max_tokens":1,"max_tokens":9)"), ProblemId::duplicate_member, "max_tokens",
     "duplicate_parameter"},
    {kChat, R"({"messages":[{"role":"user","content":"a","content":"b"}]})", ProblemId::duplicate_member,
     "messages[0].content", "duplicate_parameter"},
    {kChat, R"({"messages":[{"role":"user","content":[{"type":"text","text":"a","text":"b"}]}]})",
     ProblemId::duplicate_member, "messages[0].content[0].text", "duplicate_parameter"},
    {kChat, chat_with(R"("stream_options":{"include_usage":true,"include_usage":false})"), ProblemId::duplicate_member,
     "stream_options.include_usage", "duplicate_parameter"},
    // what is missing
    {kChat, "{}", ProblemId::missing_member, "messages", "missing_required_parameter"},
    {kChat, R"({"messages":null})", ProblemId::missing_member, "messages", "missing_required_parameter"},
    {kChat, R"({"messages":[{"content":"a"}]})", ProblemId::missing_member, "messages[0].role",
     "missing_required_parameter"},
    {kChat, R"({"messages":[{"role":"user","content":[{"text":"a"}]}]})", ProblemId::missing_member,
     "messages[0].content[0].type", "missing_required_parameter"},
    {kChat, R"({"messages":[{"role":"user","content":[{"type":"text"}]}]})", ProblemId::missing_member,
     "messages[0].content[0].text", "missing_required_parameter"},
    {Endpoint::completions, R"({"model":"m"})", ProblemId::missing_member, "prompt", "missing_required_parameter"},
    {Endpoint::rerank, R"({"query":"q"})", ProblemId::missing_member, "documents", "missing_required_parameter"},
    {Endpoint::tokenize, R"({"model":"m"})", ProblemId::missing_member, "prompt", "missing_required_parameter"},
    // kinds
    {kChat, R"({"messages":"a"})", ProblemId::wrong_type, "messages", "invalid_type"},
    {kChat, R"({"messages":["a"]})", ProblemId::wrong_type, "messages[0]", "invalid_type"},
    {kChat, R"({"messages":[{"role":1,"content":"a"}]})", ProblemId::wrong_type, "messages[0].role", "invalid_type"},
    {kChat, R"({"messages":[{"role":"user","content":{"a":1}}]})", ProblemId::wrong_type, "messages[0].content",
     "invalid_type"},
    {kChat, R"({"messages":[{"role":"user","content":["a"]}]})", ProblemId::wrong_type, "messages[0].content[0]",
     "invalid_type"},
    {kChat, R"({"messages":[{"role":"user","content":[{"type":"text","text":7}]}]})", ProblemId::wrong_type,
     "messages[0].content[0].text", "invalid_type"},
    {kChat, R"({"messages":[{"role":"assistant","tool_calls":{}}]})", ProblemId::wrong_type, "messages[0].tool_calls",
     "invalid_type"},
    {kChat, chat_with(R"("model":7)"), ProblemId::wrong_type, "model", "invalid_type"},
    {kChat, chat_with(R"("stream":"true")"), ProblemId::wrong_type, "stream", "invalid_type"},
    {kChat, chat_with(R"("stream":1)"), ProblemId::wrong_type, "stream", "invalid_type"},
    {kChat, chat_with(R"("stream_options":[])"), ProblemId::wrong_type, "stream_options", "invalid_type"},
    {kChat, chat_with(R"("stream_options":{"include_usage":1})"), ProblemId::wrong_type, "stream_options.include_usage",
     "invalid_type"},
    {kChat, chat_with(R"("max_tokens":"16")"), ProblemId::wrong_type, "max_tokens", "invalid_type"},
    {kChat, chat_with(R"("max_tokens":16.0)"), ProblemId::wrong_type, "max_tokens", "invalid_type"},
    {kChat, chat_with(R"("max_tokens":1e3)"), ProblemId::wrong_type, "max_tokens", "invalid_type"},
    {kChat, chat_with(R"("max_tokens":true)"), ProblemId::wrong_type, "max_tokens", "invalid_type"},
    {kChat, chat_with(R"("tools":{})"), ProblemId::wrong_type, "tools", "invalid_type"},
    {kChat, chat_with(R"("user":{})"), ProblemId::wrong_type, "user", "invalid_type"},
    {Endpoint::completions, R"({"prompt":5})", ProblemId::wrong_type, "prompt", "invalid_type"},
    {Endpoint::completions, R"({"prompt":["a",1]})", ProblemId::wrong_type, "prompt[1]", "invalid_type"},
    {Endpoint::completions, R"({"prompt":[1,"a"]})", ProblemId::wrong_type, "prompt[1]", "invalid_type"},
    {Endpoint::completions, R"({"prompt":[1,-2]})", ProblemId::wrong_type, "prompt[1]", "invalid_type"},
    {Endpoint::completions, R"({"prompt":[[1],[2.5]]})", ProblemId::wrong_type, "prompt[1][0]", "invalid_type"},
    {Endpoint::completions, R"({"prompt":[true]})", ProblemId::wrong_type, "prompt[0]", "invalid_type"},
    {Endpoint::embeddings, R"({"input":{"text":"a"}})", ProblemId::wrong_type, "input", "invalid_type"},
    {Endpoint::responses, R"({"input":7})", ProblemId::wrong_type, "input", "invalid_type"},
    {Endpoint::messages, R"({"messages":[{"role":"user","content":"a"}],"system":7})", ProblemId::wrong_type, "system",
     "invalid_type"},
    // bounds
    {kChat, chat_with(R"("max_tokens":0)"), ProblemId::too_small, "max_tokens", "integer_below_min_value"},
    {kChat, chat_with(R"("max_tokens":-5)"), ProblemId::too_small, "max_tokens", "integer_below_min_value"},
    {kChat, chat_with(R"("max_completion_tokens":0)"), ProblemId::too_small, "max_completion_tokens",
     "integer_below_min_value"},
    {kChat, chat_with(R"("max_tokens":2147483648)"), ProblemId::too_large, "max_tokens", "integer_above_max_value"},
    {kChat, chat_with(R"("max_tokens":99999999999999999999)"), ProblemId::too_large, "max_tokens",
     "integer_above_max_value"},
    {kChat, chat_with(R"("max_tokens":-99999999999999999999)"), ProblemId::too_small, "max_tokens",
     "integer_below_min_value"},
    {kChat, chat_with(R"("n":0)"), ProblemId::too_small, "n", "integer_below_min_value"},
    {kChat, chat_with(R"("n":129)"), ProblemId::too_large, "n", "integer_above_max_value"},
    {Endpoint::responses, R"({"input":"a","max_output_tokens":0})", ProblemId::too_small, "max_output_tokens",
     "integer_below_min_value"},
    // nothing in it
    {kChat, R"({"messages":[]})", ProblemId::empty_array, "messages", "empty_array"},
    {kChat, chat_with(R"("model":"")"), ProblemId::empty_string, "model", "empty_string"},
    {Endpoint::completions, R"({"prompt":""})", ProblemId::empty_string, "prompt", "empty_string"},
    {Endpoint::completions, R"({"prompt":[]})", ProblemId::empty_array, "prompt", "empty_array"},
    {Endpoint::completions, R"({"prompt":[[]]})", ProblemId::empty_array, "prompt[0]", "empty_array"},
    {Endpoint::responses, R"({"input":""})", ProblemId::empty_string, "input", "empty_string"},
    // what would escape the counting
    {kChat, chat_with(R"("input_ids":[1,2])"), ProblemId::not_allowed, "input_ids", "unsupported_parameter"},
    {kChat, chat_with(R"("input\u005fids":[1,2])"), ProblemId::not_allowed, "input_ids", "unsupported_parameter"},
    {Endpoint::responses, R"({"input":"a","background":true})", ProblemId::not_allowed, "background",
     "unsupported_parameter"},
    {Endpoint::responses, R"({"input":"a","previous_response_id":"r"})", ProblemId::not_allowed, "previous_response_id",
     "unsupported_parameter"},
    {Endpoint::tokenize, R"({"prompt":"a","messages":[{"role":"user","content":"a"}]})", ProblemId::excluded_together,
     "prompt", "invalid_request"},
};

class RefusalTest : public testing::TestWithParam<Bad> {};

TEST_P(RefusalTest, IsRefusedWithItsOwnProblem) {
  const Bad& bad = GetParam();
  RequestInspector inspector;
  // An exact heap copy, so that the sanitizer sees a read beyond the body.
  const std::vector<char> body(bad.body.begin(), bad.body.end());
  const Inspection result = inspector.inspect(bad.endpoint, {body.data(), body.size()});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().id, bad.id);
  EXPECT_EQ(result.error().param, bad.param);
  for (const Language language : {Language::korean, Language::english}) {
    const ApiError error = describe(result.error(), language);
    EXPECT_EQ(error.status, 400);
    EXPECT_EQ(error.type, "invalid_request_error");
    EXPECT_EQ(error.code, bad.code);
    EXPECT_EQ(error.param, bad.param);
    EXPECT_FALSE(error.message.empty());
    EXPECT_EQ(error.message.find('{'), std::string::npos) << error.message;
  }
}

INSTANTIATE_TEST_SUITE_P(Malformed, RefusalTest, testing::ValuesIn(kBad));

TEST(Refusal, EveryPrefixOfARequestIsRefused) {
  const std::string whole =
      R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"\uac00나"}]}],"max_tokens":12,"stream":true})";
  RequestInspector inspector;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<char> body(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(inspector.inspect(kChat, {body.data(), body.size()})) << size;
  }
  EXPECT_TRUE(inspector.inspect(kChat, whole));
}

TEST(Refusal, AnInspectorWorksOnAfterARefusal) {
  RequestInspector inspector;
  EXPECT_FALSE(inspector.inspect(kChat, R"({"rid":"x","messages":[{"role":"user","content":"a"},{}]})"));
  const auto good = inspector.inspect(kChat, R"({"messages":[{"role":"user","content":"b"}]})");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->messages.size(), 1u);
}

}  // namespace
}  // namespace ktl::protocol
