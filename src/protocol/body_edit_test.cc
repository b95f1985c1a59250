#include "protocol/body_edit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "protocol/edit_oracle.h"
#include "protocol/request_inspector.h"

namespace ktl::protocol {
namespace {

class BodyEditTest : public testing::Test {
 protected:
  std::string edited(Endpoint endpoint, const std::string& body, const EditPlan& plan) {
    const Inspection view = inspector_.inspect(endpoint, body);
    EXPECT_TRUE(view.has_value()) << body;
    if (!view) return {};
    edit(*view, body, plan, out_);
    const std::string joined = out_.joined();
    EXPECT_EQ(joined.size(), out_.size);
    return joined;
  }
  std::string chat(const std::string& body, const EditPlan& plan) {
    return edited(Endpoint::chat_completions, body, plan);
  }

  RequestInspector inspector_;
  EditedBody out_;
};

const std::string kMessages = R"("messages":[{"role":"user","content":"안녕"}])";

TEST_F(BodyEditTest, AnEmptyPlanKeepsEveryByte) {
  const std::string body = " { " + kMessages + " , \"x\" : [ 1 ] } \n";
  EXPECT_EQ(chat(body, {}), body);
}

TEST_F(BodyEditTest, ReplacesTheModelInPlace) {
  EXPECT_EQ(chat(R"({ "model" : "alias" ,)" + kMessages + "}", {.model = "served/\"name\""}),
            R"({ "model" : "served/\"name\"" ,)" + kMessages + "}");
}

TEST_F(BodyEditTest, InsertsWhatIsMissingBehindTheBrace) {
  EXPECT_EQ(
      chat("{" + kMessages + "}",
           {.model = "m", .inject_max_tokens = 64, .rid = "r1", .force_usage = true, .continuous = true}),
      R"({"model":"m","max_tokens":64,"rid":"r1","stream_options":{"include_usage":true,"continuous_usage_stats":true},)" +
          kMessages + "}");
}

TEST_F(BodyEditTest, NullsAreReplacedNotDoubled) {
  EXPECT_EQ(chat(R"({"model":null,"max_tokens":null,"stream_options":null,)" + kMessages + "}",
                 {.model = "m", .inject_max_tokens = 5, .rid = {}, .force_usage = true}),
            R"({"model":"m","max_tokens":5,"stream_options":{"include_usage":true},)" + kMessages + "}");
}

TEST_F(BodyEditTest, SetsTheBoundThatTheEngineObeys) {
  EXPECT_EQ(chat(R"({"max_completion_tokens":9,"max_tokens":8,)" + kMessages + "}", {.inject_max_tokens = 5}),
            R"({"max_completion_tokens":5,"max_tokens":8,)" + kMessages + "}");
  EXPECT_EQ(chat(R"({"max_completion_tokens":null,)" + kMessages + "}", {.inject_max_tokens = 5}),
            R"({"max_tokens":5,"max_completion_tokens":null,)" + kMessages + "}");
}

TEST_F(BodyEditTest, KeepsOtherStreamOptions) {
  EXPECT_EQ(chat(R"({"stream_options":{"include_usage":false,"x":1},)" + kMessages + "}",
                 {.force_usage = true, .continuous = true}),
            R"({"stream_options":{"continuous_usage_stats":true,"include_usage":true,"x":1},)" + kMessages + "}");
  EXPECT_EQ(chat(R"({"stream_options":{ },)" + kMessages + "}", {.force_usage = true}),
            R"({"stream_options":{"include_usage":true },)" + kMessages + "}");
}

TEST_F(BodyEditTest, TakesEngineControlsOutWithTheirCommas) {
  EXPECT_EQ(chat(R"({"rid":"x",)" + kMessages + "}", {}), "{" + kMessages + "}");
  EXPECT_EQ(chat("{" + kMessages + R"( , "rid":"x" })", {}), "{" + kMessages + " }");
  EXPECT_EQ(chat(R"({"rid":1,"priority":2,)" + kMessages + R"(,"session_id":3,"x":1,"lora_path":4,"dp_rank":5})", {}),
            "{" + kMessages + R"(,"x":1})");
  EXPECT_EQ(chat(R"({"r\u0069d":"x","rid":"y",)" + kMessages + "}", {.rid = "ours"}),
            R"({"rid":"ours",)" + kMessages + "}");
}

TEST_F(BodyEditTest, AnObjectLeftEmptyStaysValid) {
  EXPECT_EQ(edited(Endpoint::responses, R"({"input":"a","request_id":"x"})", {.rid = "resp_1"}),
            R"({"request_id":"resp_1","input":"a"})");
}

TEST_F(BodyEditTest, UsesTheNamesOfTheEndpoint) {
  EXPECT_EQ(edited(Endpoint::responses, R"({"input":"a"})", {.inject_max_tokens = 5}),
            R"({"max_output_tokens":5,"input":"a"})");
  EXPECT_EQ(edited(Endpoint::embeddings, R"({"input":"a"})", {.inject_max_tokens = 5, .rid = "r", .force_usage = true}),
            R"({"rid":"r","input":"a"})");
}

TEST_F(BodyEditTest, MovesTogetherWithItsBytes) {
  const std::string body = "{" + kMessages + "}";
  const std::string before = chat(body, {.rid = "r"});
  const EditedBody moved = std::move(out_);
  EXPECT_EQ(moved.joined(), before);
}

// A random object with governed, removable and other members in random order, spacing and escapes.
std::string random_body(Rng& rng, Endpoint endpoint) {
  std::vector<std::string> members;
  const auto maybe = [&](const std::string& member) {
    if (rng.below(2) == 0) members.push_back(member);
  };
  members.push_back(endpoint == Endpoint::chat_completions ? kMessages : R"("prompt":["가","\n"])");
  maybe(rng.below(2) == 0 ? R"("model":"a:b")" : R"("mod\u0065l":null)");
  maybe(rng.below(2) == 0 ? R"("max_tokens":7)" : R"("max_tokens":null)");
  if (endpoint == Endpoint::chat_completions)
    maybe(rng.below(2) == 0 ? R"("max_completion_tokens" :3)" : R"("max_completion_tokens":null)");
  const char* options[] = {R"("stream_options":null)", R"("stream_options":{})",
                           R"("stream_options":{"include_usage":false})",
                           R"("stream_options":{"z":[1,{}],"continuous_usage_stats":null})",
                           R"("stream_options":{"include_usage":true,"continuous_usage_stats":true,"y":"}"})"};
  maybe(options[rng.below(5)]);
  for (const char* control :
       {R"("rid":"evil")", R"("r\u0069d":[1,2])", R"("priority":1)", R"("bootstrap_room":{"a":"}"})",
        R"("session_params":null)", R"("x_dp_rank":-0.5e3)", R"("lora_path":"\"")"}) {
    if (rng.below(3) == 0) members.push_back(control);
  }
  for (const char* other : {R"("temperature":0.5)", R"("a,b":"},{\"rid\":1")", R"("":[])", R"("stop":["\u0000"])"})
    maybe(other);
  for (std::size_t i = members.size(); i > 1; --i) std::swap(members[i - 1], members[rng.below(i)]);
  const auto blank = [&] { return std::string(rng.below(3), rng.below(2) == 0 ? ' ' : '\n'); };
  std::string body = blank() + "{" + blank();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i != 0) body += blank() + "," + blank();
    body += members[i];
  }
  return body + blank() + "}" + blank();
}

TEST_F(BodyEditTest, ChangesJustWhatThePlanSaysByAnotherParsersJudgement) {
  constexpr std::uint64_t kSeed = 20261123;
  Rng rng(kSeed);
  for (int round = 0; round < 4000; ++round) {
    const Endpoint endpoint = rng.below(2) == 0 ? Endpoint::chat_completions : Endpoint::completions;
    const std::string body = random_body(rng, endpoint);
    EditPlan plan;
    if (rng.below(2) == 0) plan.model = "서빙/\"이름\"";
    if (rng.below(2) == 0) plan.inject_max_tokens = static_cast<std::int64_t>(1 + rng.below(1000));
    if (rng.below(2) == 0) plan.rid = "0123456789abcdef0123456789abcdef";
    plan.force_usage = rng.below(2) == 0;
    plan.continuous = rng.below(2) == 0;
    const std::string result = edited(endpoint, body, plan);
    ASSERT_EQ(judge(result), OracleVerdict::valid) << "seed " << kSeed << " round " << round << "\n"
                                                   << body << "\n"
                                                   << result;
    ASSERT_EQ(difference(endpoint, body, plan, result), "") << "seed " << kSeed << " round " << round << "\n"
                                                            << body << "\n"
                                                            << result;
  }
}

}  // namespace
}  // namespace ktl::protocol
