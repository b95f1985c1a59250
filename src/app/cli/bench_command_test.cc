#include "app/cli/bench_command.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace ktl::app {
namespace {

struct Outcome {
  int code = 0;
  std::string out, err;
};

Outcome run(const std::vector<std::string>& arguments, config::Language language = config::Language::english) {
  std::ostringstream out, err;
  const SystemClock clock;
  const CommandContext context{out, err, language, [](std::string_view) { return std::optional<std::string>(); },
                               clock};
  const int code = bench_command(arguments, context);
  return {code, out.str(), err.str()};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(BenchCommand, HelpIsInTheOperatorsLanguage) {
  const Outcome english = run({"--help"});
  EXPECT_EQ(english.code, kDone);
  EXPECT_TRUE(contains(english.out, "--concurrent-users") && contains(english.out, "virtual users")) << english.out;
  const Outcome korean = run({"--help"}, config::Language::korean);
  EXPECT_TRUE(contains(korean.out, "동시 사용자 수") && contains(korean.out, "사용법")) << korean.out;
}

TEST(BenchCommand, OnlyThisMachineIsATargetUnlessTheOperatorSaysSo) {
  const Outcome refused = run({"--url", "http://192.0.2.1:8080"});
  EXPECT_EQ(refused.code, kFailed);
  EXPECT_TRUE(contains(refused.err, "--allow-remote")) << refused.err;
  EXPECT_EQ(refused.out, "");
}

TEST(BenchCommand, AWrongCommandLineIsToldApartFromAFailedRun) {
  const std::vector<std::vector<std::string>> wrong = {
      {"--duration", "soon"},
      {"--duration", "0"},
      {"--concurrent-users", "0"},
      {"--requests", "-1"},
      {"--stream", "--no-stream"},
      {"--url", "https://127.0.0.1"},
      {"--url", "http://127.0.0.1:1", "--model", "a", "--model", "b"},
      {"--url", "http://127.0.0.1:1", "--url", "http://127.0.0.1:2", "--url", "http://127.0.0.1:3"},
      {"--api-key", "sk-1\r\nX: y"},
      {"--no-such-option"}};
  for (const auto& arguments : wrong) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, kWrongUsage) << arguments[0] << " " << outcome.err;
    EXPECT_TRUE(contains(outcome.err, "bench --help")) << outcome.err;
  }
}

TEST(BenchCommand, APromptFileThatIsNotThereIsNamed) {
  const Outcome outcome = run({"--prompt-file", "/no/such/file"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_TRUE(contains(outcome.err, "/no/such/file")) << outcome.err;
}

}  // namespace
}  // namespace ktl::app
