#include "standin/http/chat_prompt.h"

#include <gtest/gtest.h>

#include "standin/http/python_json.h"

namespace ktl::standin {
namespace {

// The text of a prompt without the default system turn before it, or the message of the error.
std::string text_of(const ReadPrompt& prompt) {
  if (!prompt) return "error: " + prompt.error().message;
  const std::string text = prompt->text();
  const std::string before = render_chat({}, {});
  const std::string system = before.substr(0, before.size() - std::string_view("<|im_start|>assistant\n").size());
  return text.starts_with(system) ? text.substr(system.size()) : text;
}

std::string chat(std::string_view body, const StandinOptions& options = {}) {
  simdjson::dom::parser parser;
  return text_of(read_chat_prompt(options, parser.parse(body.data(), body.size(), true).value()));
}
std::string messages(std::string_view body) {
  simdjson::dom::parser parser;
  return text_of(read_messages_prompt({}, parser.parse(body.data(), body.size(), true).value()));
}
std::string json(std::string_view text) {
  simdjson::dom::parser parser;
  return python_json(parser.parse(text.data(), text.size(), true).value());
}

const std::string kUser = "<|im_start|>user\n질문<|im_end|>\n";
const std::string kAnswer = "<|im_start|>assistant\n";

// {"messages":[the user's question, …],…}
std::string with_question(std::string_view more_messages, std::string_view more_members = {}) {
  return R"({"messages":[{"role":"user","content":"질문"})" + std::string(more_messages) + "]" +
         std::string(more_members) + "}";
}

TEST(PythonJson, SpacesOrderAndEscapesAreThoseOfJsonDumps) {
  EXPECT_EQ(json(R"({"b":[1,2,{}],"a":{"한":null,"x":[true,false]},"s":"\u0007\b\f\n\"\\\/\u007f 가"})"),
            "{\"b\": [1, 2, {}], \"a\": {\"한\": null, \"x\": [true, false]}, "
            "\"s\": \"\\u0007\\b\\f\\n\\\"\\\\/\x7f 가\"}");
  EXPECT_EQ(json(R"({"a":1,"b":2,"a":3})"), R"({"a": 3, "b": 2})");
}

TEST(PythonJson, NumbersAreSpelledAsPythonDoes) {
  EXPECT_EQ(json("[1, 1.0, -0.0, 0.1, 1e5, 1e15, 1e16, 1.5e300, 0.0001, 0.00001, 1.25e-7, 123456.789, -2.50]"),
            "[1, 1.0, -0.0, 0.1, 100000.0, 1000000000000000.0, 1e+16, 1.5e+300, 0.0001, 1e-05, 1.25e-07, 123456.789, "
            "-2.5]");
  EXPECT_EQ(json("[18446744073709551615,-9223372036854775808]"), "[18446744073709551615, -9223372036854775808]");
}

TEST(ChatPrompt, ToolsAreDumpedAnew) {
  const std::string body = with_question(
      "", R"(,"tools":[{"function":{"parameters":{"type":"object","n":1.0},"name":"f","extra":1},"type":"function"}])");
  const std::string inner =
      R"({"type": "function", "function": {"description": null, "name": "f", "parameters": {"type": "object", "n": 1.0}, "strict": false})";
  EXPECT_NE(chat(body).find("<tools>\n" + inner + ", \"defer_loading\": null}\n</tools>"), std::string::npos)
      << chat(body);
  StandinOptions old;
  old.shape_0_5_9 = true;
  EXPECT_NE(chat(body, old).find("<tools>\n" + inner + "}\n</tools>"), std::string::npos) << chat(body, old);
}

TEST(ChatPrompt, ToolChoiceSaysWhichToolsAreRendered) {
  const std::string tools = R"(,"tools":[{"function":{"name":"f"}},{"function":{"name":"g"}}],"tool_choice":)";
  EXPECT_EQ(chat(with_question("", tools + R"("none")")), kUser + kAnswer);
  const std::string named = chat(with_question("", tools + R"({"type":"function","function":{"name":"g"}})"));
  EXPECT_EQ(named.find(R"("name": "f")"), std::string::npos) << named;
  EXPECT_NE(named.find(R"("name": "g")"), std::string::npos) << named;
  EXPECT_NE(chat(with_question("", tools + R"("required")")).find(R"("name": "f")"), std::string::npos);
  EXPECT_EQ(chat(with_question("", tools + R"({"function":{"name":"h"}})")),
            "error: Tool 'h' not found in tools list.");
  EXPECT_EQ(chat(with_question("", R"(,"tool_choice":"required")")),
            "error: Tools cannot be empty if tool choice is set to required.");
  EXPECT_EQ(chat(with_question("", R"(,"tools":[])")), kUser + kAnswer);
}

TEST(ChatPrompt, ArgumentsAreParsedAndDumpedAnew) {
  const auto call = [](std::string_view arguments) {
    return chat(
        with_question(R"(,{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":)" +
                      std::string(arguments) + R"(}}]},{"role":"tool","content":"1"})"));
  };
  const std::string before = kUser + "<|im_start|>assistant\n<tool_call>\n{\"name\": \"f\", \"arguments\": ";
  const std::string after =
      "}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\n1\n</tool_response><|im_end|>\n" + kAnswer;
  EXPECT_EQ(call(R"("{\"city\":\"\\uc11c\\uc6b8\",\"n\":1e2}")"), before + R"({"city": "서울", "n": 100.0})" + after);
  EXPECT_EQ(call(R"({"city":"서울"})"), before + R"({"city": "서울"})" + after);
  EXPECT_EQ(call(R"("")"), "error: Assistant tool call function.arguments must be valid JSON.");
  EXPECT_EQ(call(R"("[1]")"), "error: Assistant tool call function.arguments must be a JSON object.");
}

TEST(ChatPrompt, AnAssistantAtTheEndSpeaksForTheUserUnlessItIsContinued) {
  const std::string last = R"(,{"role":"assistant","content":"답"})";
  EXPECT_EQ(chat(with_question(last)), kUser + "<|im_start|>user\n답<|im_end|>\n" + kAnswer);
  EXPECT_EQ(chat(with_question(last, R"(,"continue_final_message":true)")), kUser + kAnswer + "답");
  const std::string calls =
      R"(,{"role":"assistant","content":"답","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]})";
  EXPECT_EQ(chat(with_question(calls)), kUser + "<|im_start|>user\n답<|im_end|>\n" + kAnswer);
}

TEST(ChatPrompt, ContentMayBePartsOrNullAndRolesMayBeInCapitals) {
  EXPECT_EQ(
      chat(
          R"({"messages":[{"role":"USER","content":[{"type":"text","text":"a"},{"type":"x","text":"y"},{"type":"text","text":"b"}]}]})"),
      "<|im_start|>user\na b<|im_end|>\n" + kAnswer);
  EXPECT_EQ(chat(with_question(R"(,{"role":"Assistant","content":null},{"role":"developer","content":"z"})")),
            kUser + "<|im_start|>assistant\n<|im_end|>\n" + kAnswer);
  EXPECT_TRUE(chat(R"({"messages":[{"role":"user","content":null}]})").starts_with("error: "));
  EXPECT_TRUE(chat(R"({"messages":[{"role":"robot","content":"a"}]})").starts_with("error: "));
  EXPECT_EQ(chat(R"({"messages":[]})"), "error: Messages cannot be empty.");
}

TEST(MessagesPrompt, BlocksBecomeTurns) {
  EXPECT_EQ(
      messages(
          R"({"system":[{"type":"text","text":"하나"},{"type":"text","text":"둘"}],"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"},{"type":"tool_use","id":"1","name":"f","input":{"x":1}}]},{"role":"user","content":[{"type":"text","text":"c"},{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"d"},{"type":"text","text":"e"}]},{"type":"text","text":"f"}]}]})"),
      "<|im_start|>system\n하나\n둘<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nb\n<tool_call>\n"
      "{\"name\": \"f\", \"arguments\": {\"x\": 1}}\n</tool_call><|im_end|>\n<|im_start|>user\n<tool_response>\nd e\n"
      "</tool_response><|im_end|>\n<|im_start|>user\nc f<|im_end|>\n" +
          kAnswer);
}

TEST(MessagesPrompt, ToolsTakeTheFormOfTheOtherFrontEnd) {
  const std::string body =
      R"({"messages":[{"role":"user","content":"질문"}],"tools":[{"name":"f","input_schema":{"type":"object"}},{"name":"g","description":"설명"}]})";
  EXPECT_NE(
      messages(body).find(
          R"({"type": "function", "function": {"description": "", "name": "f", "parameters": {"type": "object"}, "strict": false}, "defer_loading": null})"),
      std::string::npos)
      << messages(body);
  std::string none = body;
  none.insert(1, R"("tool_choice":{"type":"none"},)");
  EXPECT_EQ(messages(none), kUser + kAnswer);
  std::string named = body;
  named.insert(1, R"("tool_choice":{"type":"tool","name":"g"},)");
  EXPECT_EQ(messages(named).find(R"("name": "f")"), std::string::npos);
  EXPECT_NE(messages(named).find(R"("name": "g")"), std::string::npos);
}

}  // namespace
}  // namespace ktl::standin
