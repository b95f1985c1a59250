#include "protocol/engine_error.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace ktl::protocol {
namespace {

ApiError english(int status, std::string_view body) {
  return from_engine(status, body, Language::english);
}

TEST(FromEngine, FlatErrorsKeepTheirWords) {
  const ApiError error = english(
      400,
      R"({"object":"error","message":"Messages cannot be empty.","type":"BadRequestError","param":null,"code":400})");
  EXPECT_EQ(error.status, 400);
  EXPECT_EQ(error.type, "invalid_request_error");
  EXPECT_EQ(error.code, "");
  EXPECT_EQ(error.message, "Messages cannot be empty.");
}

TEST(FromEngine, PromptsThatAreTooLongHaveOpenAisCode) {
  for (const char* message :
       {"The input (5000 tokens) is longer than the model's context length (4096 tokens).",
        "Requested token count exceeds the model's maximum context length of 4096 tokens.",
        "Input length (4092 tokens) exceeds the maximum allowed length (4090 tokens). Use a shorter input.",
        "This model's maximum context length is 10 tokens."}) {
    const std::string body =
        R"({"object":"error","message":")" + std::string(message) + R"(","type":"BadRequestError","code":400})";
    EXPECT_EQ(english(400, body).code, "context_length_exceeded") << message;
    EXPECT_EQ(english(400, body).message, message);
    EXPECT_NE(from_engine(400, body, Language::korean).message.find("컨텍스트 길이"), std::string::npos);
  }
}

TEST(FromEngine, AWrongKeyOfOursIsNotTheClientsFault) {
  for (const int status : {401, 403}) {
    const ApiError error = english(status, R"({"error":"Unauthorized"})");
    EXPECT_EQ(error.status, 502);
    EXPECT_EQ(error.code, "engine_auth_error");
  }
}

TEST(FromEngine, FullQueuesAreOverload) {
  const ApiError error =
      english(503, R"({"object":"error","message":"The request queue is full.","type":"503","param":null,"code":503})");
  EXPECT_EQ(error.status, 503);
  EXPECT_EQ(error.code, "engine_overloaded");
}

TEST(FromEngine, OwnFailuresOfTheEngineAre502WithoutItsWords) {
  for (const char* body :
       {R"({"object":"error","message":"Internal server error: /home/x.py","type":"InternalServerError","code":500})",
        "<html>Bad Gateway</html>", "", "null"}) {
    const ApiError error = english(500, body);
    EXPECT_EQ(error.status, 502);
    EXPECT_EQ(error.message.find("/home"), std::string::npos);
  }
}

TEST(FromEngine, UnknownModelsAndPathsAre404) {
  EXPECT_EQ(
      english(
          404,
          R"({"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":"model","code":404}})")
          .code,
      "model_not_found");
  const ApiError path = english(404, R"({"detail":"Not Found"})");
  EXPECT_EQ(path.status, 404);
  EXPECT_EQ(path.message, "Not Found");
}

TEST(FromEngine, ValidationDumpsBecomeOneShortSentence) {
  const ApiError list = english(
      400,
      R"({"object":"error","message":"1 validation error:\n  {'type': 'missing', 'loc': ('body', 'messages', 0, 'role'), 'msg': 'Field required', 'input': {'content': '비밀'}}","type":"Bad Request","code":400})");
  EXPECT_EQ(list.message, "messages[0].role: Field required");
  EXPECT_EQ(list.param, "messages[0].role");
  const ApiError lines = english(
      400,
      R"({"object":"error","message":"1 validation error for ChatCompletionRequest\ntemperature\n  Input should be a valid number [type=float_type, input_value='비밀', input_type=str]\n    For further information visit","type":"Bad Request","code":400})");
  EXPECT_EQ(lines.message, "temperature: Input should be a valid number");
  const ApiError detail = english(
      422, R"({"detail":[{"type":"missing","loc":["body","prompt"],"msg":"Field required","input":{"a":"비밀"}}]})");
  EXPECT_EQ(detail.status, 400);
  EXPECT_EQ(detail.message, "prompt: Field required");
}

TEST(FromEngine, SecretsAreStruckOut) {
  const ApiError error = english(
      400,
      R"({"error":{"message":"Authorization: Bearer abc-TOPSECRET and api_key='TOPSECRET' and sk-TOPSECRET1 password: TOPSECRET","code":400}})");
  EXPECT_EQ(error.message.find("TOPSECRET"), std::string::npos) << error.message;
}

TEST(FromEngine, LongWordsAreCutAtACharacter) {
  std::string long_text;
  for (int i = 0; i < 1000; ++i) long_text += "가";
  const ApiError error = english(400, R"({"object":"error","message":")" + long_text + R"(","code":400})");
  EXPECT_LE(error.message.size(), kMaxEngineMessage);
  EXPECT_TRUE(is_utf8(error.message));
}

TEST(ReadEngineError, KnowsWhatIsNoError) {
  EXPECT_FALSE(read_engine_error(R"({"id":"x","choices":[{"message":{"content":"error"}}]})"));
  EXPECT_FALSE(read_engine_error(R"({"error":null})"));
  EXPECT_FALSE(read_engine_error("[]"));
  EXPECT_FALSE(read_engine_error(""));
}

TEST(ReadEngineError, TellsTheStatusByCodeOrType) {
  const auto status = [](const char* json) { return read_engine_error(json)->status; };
  EXPECT_EQ(status(R"({"error":{"message":"x","code":400}})"), 400);
  EXPECT_EQ(status(R"({"error":{"message":"x","code":"503"}})"), 503);
  EXPECT_EQ(status(R"({"error":{"message":"x","type":"BAD_REQUEST","code":null}})"), 400);
  EXPECT_EQ(status(R"({"type":"error","error":{"type":"overloaded_error","message":"x"}})"), 503);
  EXPECT_EQ(status(R"({"error":{"message":"x","code":7}})"), 500);
  EXPECT_EQ(status(R"({"error":"Unauthorized"})"), 500);
}

}  // namespace
}  // namespace ktl::protocol
