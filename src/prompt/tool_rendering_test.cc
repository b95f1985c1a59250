#include "prompt/tool_rendering.h"

#include <gtest/gtest.h>

#include "prompt/python_json.h"

namespace ktl::prompt {
namespace {

std::string redumped(std::string_view json) {
  std::string out;
  return append_redumped(json, out) ? out : "(refused)";
}

std::string tool(std::string_view json, EngineDialect dialect) {
  const auto shown = tools_shown(json, {}, dialect);
  return shown.size() == 1 ? shown.front() : "(not one tool)";
}

// What python3 -c 'json.dumps(json.loads(...), ensure_ascii=False)' prints.
TEST(PythonJson, IsWrittenAsPythonWritesIt) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {R"( { "a" :1 , "b":[ ] ,"c":{ } , "d":[1,2] } )", R"({"a": 1, "b": [], "c": {}, "d": [1, 2]})"},
      {R"({"a":1,"b":2,"a":3})", R"({"a": 3, "b": 2})"},
      {R"({"\u0061":{"x":1,"x":2,"x":3},"a":[{"k":1,"k":null}],"z":0})", R"({"a": [{"k": null}], "z": 0})"},
      {R"(["\uc548\u0041\/\"\\\b\f\n\r\t\u0000\u001f\u007f\u2028"])",
       "[\"안A/\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xE2\x80\xA8\"]"},
      {R"("\ud83d\udc4d")", "\"👍\""},
      {"[true,false,null]", "[true, false, null]"},
      {"-0", "0"},
      {"-0.0", "-0.0"},
      {"0e5", "0.0"},
      {"1.0", "1.0"},
      {"1e3", "1000.0"},
      {"1E400", "Infinity"},
      {"-1E400", "-Infinity"},
      {"1e-400", "0.0"},
      {"123456789012345678901234567890", "123456789012345678901234567890"},
      {"1e15", "1000000000000000.0"},
      {"1e16", "1e+16"},
      {"1.5e16", "1.5e+16"},
      {"123456789012345680.0", "1.2345678901234568e+17"},
      {"0.0001", "0.0001"},
      {"0.00001", "1e-05"},
      {"0.000012345", "1.2345e-05"},
      {"1e22", "1e+22"},
      {"1e100", "1e+100"},
      {"5e-324", "5e-324"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"0.1", "0.1"},
      {"100.25", "100.25"},
      {"9007199254740993.0", "9007199254740992.0"},
      {"3.14159265358979323846", "3.141592653589793"},
  };
  for (const auto& [json, python] : kCases) EXPECT_EQ(redumped(json), python) << json;
}

TEST(PythonJson, RefusesWhatIsNotOneJsonValue) {
  for (const std::string_view bad :
       {"",          " ",   "{",      "}",       "[1,]",        "{\"a\":1,}",  "{a:1}",
        "01",        "1.",  ".5",     "+1",      "1e",          "nul",         "NaN",
        "Infinity",  "\"a", "\"\n\"", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"",
        "\"\\u12\"", "1 2", "[1 2]",  "[1]]"}) {
    EXPECT_EQ(redumped(bad), "(refused)") << bad;
  }
  EXPECT_EQ(redumped(std::string("1\0", 2)), "(refused)");
}

TEST(PythonJson, EndsAtItsDepth) {
  const auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(redumped(nested(kMaxJsonDepth)), nested(kMaxJsonDepth));
  EXPECT_EQ(redumped(nested(kMaxJsonDepth + 1)), "(refused)");
  EXPECT_EQ(redumped(nested(100000)), "(refused)");
}

TEST(PythonJson, LeavesTheOutputAloneWhenItRefuses) {
  std::string out = "before";
  EXPECT_FALSE(append_redumped("[1,2", out));
  EXPECT_EQ(out, "before");
}

TEST(Tools, AreDumpedAsEachEngineDumpsThem) {
  constexpr std::string_view kTool =
      R"([{"function":{"strict":true,"parameters":{"type":"object","n":1e2},"name":"f","x":1},"type":"function"}])";
  EXPECT_EQ(
      tool(kTool, EngineDialect::as_sent),
      R"({"function": {"strict": true, "parameters": {"type": "object", "n": 100.0}, "name": "f", "x": 1}, "type": "function"})");
  EXPECT_EQ(
      tool(kTool, EngineDialect::vllm),
      R"({"type": "function", "function": {"name": "f", "description": null, "parameters": {"type": "object", "n": 100.0}, "strict": true, "x": 1}})");
  constexpr std::string_view kFunction =
      R"({"description": null, "name": "f", "parameters": {"type": "object", "n": 100.0}, "strict": true})";
  EXPECT_EQ(tool(kTool, EngineDialect::sglang_function), kFunction);
  EXPECT_EQ(tool(kTool, EngineDialect::sglang_tool),
            R"({"type": "function", "function": )" + std::string(kFunction) + "}");
  EXPECT_EQ(tool(kTool, EngineDialect::sglang_defer_loading),
            R"({"type": "function", "function": )" + std::string(kFunction) + R"(, "defer_loading": null})");
}

TEST(Tools, HandDeferLoadingDownToTheFunction) {
  EXPECT_EQ(
      tool(R"([{"type":"function","function":{"name":"f"},"defer_loading":true}])",
           EngineDialect::sglang_defer_loading),
      R"({"type": "function", "function": {"description": null, "name": "f", "parameters": null, "strict": false, "defer_loading": true}, "defer_loading": true})");
}

TEST(Tools, ThatNoEngineTakesAreTakenAsSent) {
  EXPECT_EQ(tool(R"([{"function":7}])", EngineDialect::sglang_tool), R"({"function": 7})");
  EXPECT_EQ(tool("[1", EngineDialect::sglang_tool), "[1");
}

TEST(Tools, AreShownExactlyWhenThereIsOneToShow) {
  using Kind = tokenizer::ToolChoice::Kind;
  for (const std::string_view tools : {"", "null", "[]", "[ ]", R"([{"function":{"name":"a"}}])", "[1]"}) {
    for (const Kind kind : {Kind::any, Kind::none, Kind::named}) {
      for (const EngineDialect dialect : {EngineDialect::vllm, EngineDialect::sglang_tool}) {
        const tokenizer::ToolChoice choice{kind, "a"};
        EXPECT_EQ(shows_any_tool(tools, choice, dialect), !tools_shown(tools, choice, dialect).empty()) << tools;
      }
    }
  }
}

TEST(ToolCalls, AreReadWhateverTheirArgumentsAre) {
  const auto calls =
      tool_calls_of(R"([{"function":{"name":"\uac00","arguments":"[1,2]"}},{"function":{"name":"b","arguments":null}},)"
                    R"({"function":{"arguments":"not json"}},{"name":"flat","arguments":{"x":1}},5])");
  ASSERT_EQ(calls.size(), 5u);
  EXPECT_EQ(calls[0].name, "가");
  EXPECT_EQ(calls[0].arguments, "[1, 2]");
  EXPECT_EQ(calls[1].arguments, "null");
  EXPECT_EQ(calls[2].name, "None");
  EXPECT_EQ(calls[2].arguments, "not json");
  EXPECT_EQ(calls[3].name, "flat");
  EXPECT_EQ(calls[3].arguments, R"({"x": 1})");
  EXPECT_EQ(calls[4].arguments, "5");
  EXPECT_TRUE(tool_calls_of("").empty());
  EXPECT_TRUE(tool_calls_of("[]").empty());
  EXPECT_TRUE(tool_calls_of(R"({"name":"old","arguments":"{}"})").empty());
}

}  // namespace
}  // namespace ktl::prompt
