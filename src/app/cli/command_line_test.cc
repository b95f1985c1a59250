#include "app/cli/command_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "identity/api_key.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::app {
namespace {

class StoppedClock final : public Clock {
 public:
  // 2026-11-23 20:00 UTC, which is the 24th in Seoul.
  WallTime wall() const override {
    return std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(20);
  }
  MonoTime mono() const override { return {}; }
};

struct Outcome {
  int code = 0;
  std::string out, err;
};

class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() {
    std::string name = (std::filesystem::temp_directory_path() / "ktl-cli-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    write("gateway.yaml", "storage: {sqlite_path: \"" + (directory_ / "usage.db").string() +
                              "\"}\n"
                              "users: {사용자1: {rpm: 40, description: 일반}}\n"
                              "api_keys: {sk-user1-korean-key-def: 사용자1}\n"
                              "groups: {개발자그룹: {users: [사용자1], limits: {rpm: 9}}}\n");
  }
  ~CommandLineTest() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(directory_ / name) << text; }
  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  Outcome run(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    const StoppedClock clock;
    const CommandContext context{out, err, config::Language::english,
                                 [](std::string_view name) {
                                   const bool data = name == "KTL_TOKENIZER_DATA";  // no tokenizer is at hand
                                   return data ? std::optional<std::string>("/nonexistent") : std::nullopt;
                                 },
                                 clock};
    const LongCommands commands{[this](const config::Config& config, const ServeOptions& options) {
                                  served_port_ = config.server.port;
                                  serve_options_ = options;
                                  return kDone;
                                },
                                [this](std::span<const std::string> rest, const CommandContext&) {
                                  bench_arguments_.assign(rest.begin(), rest.end());
                                  return kDone;
                                },
                                [this](std::span<const std::string> rest, const CommandContext&) {
                                  top_arguments_.assign(rest.begin(), rest.end());
                                  return kDone;
                                },
                                [](const CommandContext&, const config::Config&, const std::string&) { return kDone; }};
    Outcome outcome;
    outcome.code = run_command_line(arguments, context, commands);
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
  }

  // With the configuration of this test.
  Outcome configured(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--config", path("gateway.yaml")});
    return run(std::move(arguments));
  }

  std::filesystem::path directory_;
  int served_port_ = 0;
  ServeOptions serve_options_;
  std::vector<std::string> bench_arguments_;
  std::vector<std::string> top_arguments_;
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(CommandLineTest, VersionIsOneLine) {
  const Outcome outcome = run({"version"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_TRUE(outcome.out.starts_with("token-limiter "));
}

TEST_F(CommandLineTest, HelpIsInTheAskedLanguage) {
  EXPECT_TRUE(contains(run({"--help"}).out, "run the gateway"));
  const Outcome korean = run({"--lang", "ko", "--help"});
  EXPECT_EQ(korean.code, kDone);
  EXPECT_TRUE(contains(korean.out, "게이트웨이 실행"));
  EXPECT_TRUE(contains(korean.out, "사용법"));
  EXPECT_TRUE(contains(run({"--lang=ko", "keys", "create", "--help"}).out, "사용자"));
  EXPECT_EQ(run({"--lang", "fr", "version"}).code, kWrongUsage);
}

TEST_F(CommandLineTest, AWrongCommandLineSaysWhatWasMeantAndEndsWith2) {
  const Outcome outcome = run({"sevre"});
  EXPECT_EQ(outcome.code, kWrongUsage);
  EXPECT_TRUE(contains(outcome.err, "did you mean 'serve'?")) << outcome.err;
  EXPECT_EQ(run({}).code, kWrongUsage);
  EXPECT_EQ(run({"keys"}).code, kWrongUsage);
  EXPECT_EQ(run({"keys", "create"}).code, kWrongUsage);
  EXPECT_EQ(run({"usage", "--by", "colour"}).code, kWrongUsage);
  EXPECT_EQ(run({"version", "--nonsense"}).code, kWrongUsage);
}

TEST_F(CommandLineTest, ServeGetsTheMergedConfigurationAndItsFiles) {
  write("port.yaml", "server: {port: 9999}\n");
  const Outcome outcome = run({"serve", "--config", path("gateway.yaml"), "--config", path("port.yaml")});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_EQ(served_port_, 9999);
  EXPECT_EQ(serve_options_.config_files, (std::vector<std::string>{path("gateway.yaml"), path("port.yaml")}));
  EXPECT_FALSE(serve_options_.allow_demo_keys);
}

TEST_F(CommandLineTest, ServeRefusesDemoKeysOnAPublicAddressUnlessToldOtherwise) {
  write("public.yaml", "server: {host: 0.0.0.0, port: 9999}\n");
  const std::vector<std::string> line = {"serve", "--config", path("gateway.yaml"), "--config", path("public.yaml")};
  const Outcome refused = run(line);
  EXPECT_EQ(refused.code, kFailed);
  EXPECT_EQ(served_port_, 0);
  EXPECT_TRUE(contains(refused.err, "--allow-demo-keys"));
  auto insisting = line;
  insisting.push_back("--allow-demo-keys");
  EXPECT_EQ(run(insisting).code, kDone);
  EXPECT_EQ(served_port_, 9999);
  EXPECT_TRUE(serve_options_.allow_demo_keys);
}

TEST_F(CommandLineTest, CheckConfigShowsTheEffectiveValuesWithoutSecrets) {
  const Outcome outcome = configured({"check-config"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_TRUE(contains(outcome.out, "\"사용자1\":"));
  EXPECT_TRUE(contains(outcome.out, "sk-user…def"));
  EXPECT_FALSE(contains(outcome.out + outcome.err, "sk-user1-korean-key-def"));
}

TEST_F(CommandLineTest, CheckConfigListsAllErrorsWithTheirPlacesAndEndsWith1) {
  write("broken.yaml", "server: {prot: 1}\nusers: {a: {rpm: x}}\n");
  const Outcome outcome = run({"check-config", "--config", path("broken.yaml")});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_TRUE(outcome.out.empty());
  EXPECT_TRUE(contains(outcome.err, path("broken.yaml") + ":1:10: unknown name 'prot' (did you mean 'port'?)"));
  EXPECT_TRUE(contains(outcome.err, path("broken.yaml") + ":2:18: a whole number is needed"));
  EXPECT_TRUE(contains(outcome.err, "2 configuration error(s)"));
}

TEST_F(CommandLineTest, ANewKeyIsPrintedOnceAndStoredAsItsDigestOnly) {
  const Outcome created = configured({"keys", "create", "--user", "사용자1", "--label", "노트북"});
  ASSERT_EQ(created.code, kDone) << created.err;
  const std::string key = created.out.substr(0, created.out.size() - 1);
  EXPECT_TRUE(key.starts_with("sk-ktl-"));
  EXPECT_EQ(key.size(), 50U);
  const Outcome listed = configured({"keys", "list"});
  ASSERT_EQ(listed.code, kDone) << listed.err;
  EXPECT_TRUE(contains(listed.out, "노트북"));
  EXPECT_TRUE(contains(listed.out, "2026-11-2")) << listed.out;
  EXPECT_TRUE(contains(listed.out, "sk-user…def"));
  EXPECT_FALSE(contains(listed.out, key));
  EXPECT_FALSE(contains(created.err, key));
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory_)) {
    std::ostringstream bytes;
    bytes << std::ifstream(file.path(), std::ios::binary).rdbuf();
    EXPECT_FALSE(contains(bytes.str(), key)) << file.path();
  }
}

TEST_F(CommandLineTest, AKeyIsDisabledByIdLabelOrItself) {
  for (const int way : {0, 1, 2}) {
    const std::string label = "label-" + std::to_string(way);
    std::string key = configured({"keys", "create", "--user", "사용자1", "--label", label}).out;
    key.pop_back();
    const auto digest = identity::digest_of(key);
    static constexpr char digits[] = "0123456789abcdef";
    std::string id;
    for (std::size_t i = 0; i < 6; ++i) id += {digits[digest[i] >> 4], digits[digest[i] & 15]};
    const std::string which = way == 0 ? id : way == 1 ? label : key;
    ASSERT_EQ(configured({"keys", "disable", which}).code, kDone);
    auto store = storage::SqliteFile::open(path("usage.db"), storage::Access::read_only).value();
    const auto disabled = [&] {
      const auto rows = store->keys().value();
      for (const auto& row : rows)
        if (row.digest == digest) return row.disabled;
      return false;
    };
    EXPECT_TRUE(disabled()) << which;
    ASSERT_EQ(configured({"keys", "enable", which}).code, kDone);
    EXPECT_FALSE(disabled()) << which;
  }
  EXPECT_EQ(configured({"keys", "disable", "nobody"}).code, kFailed);
  EXPECT_EQ(configured({"keys", "disable", "sk-user1-korean-key-def"}).code, kDone);  // of the configuration
  EXPECT_TRUE(contains(configured({"keys", "list", "--user", "사용자1"}).out, "disabled"));
}

TEST_F(CommandLineTest, AKeyForAnUnknownUserOrModelIsRefusedWithASuggestion) {
  const Outcome user = configured({"keys", "create", "--user", "사용자2"});
  EXPECT_EQ(user.code, kFailed);
  EXPECT_TRUE(contains(user.err, "did you mean '사용자1'?"));
  const Outcome model = configured({"keys", "create", "--user", "사용자1", "--model", "korean-qwem"});
  EXPECT_EQ(model.code, kFailed);
  EXPECT_TRUE(contains(model.err, "did you mean 'korean-qwen'?"));
  EXPECT_TRUE(user.out.empty() && model.out.empty());
}

TEST_F(CommandLineTest, AUserIsAddedChangedAndShown) {
  ASSERT_EQ(configured({"users", "add", "이영희", "--rpm", "5", "--description", "연구원"}).code, kDone);
  EXPECT_EQ(configured({"users", "add", "이영희"}).code, kFailed);
  ASSERT_EQ(configured({"users", "set", "이영희", "--tpm", "unlimited", "--rpm", "12345"}).code, kDone);
  auto store = storage::SqliteFile::open(path("usage.db"), storage::Access::read_only).value();
  const auto people = store->people().value();
  ASSERT_EQ(people.users.size(), 1U);
  ASSERT_EQ(people.limits.size(), 1U);
  EXPECT_EQ(people.limits[0].limits[quota::LimitKind::rpm], 12'345);
  EXPECT_EQ(people.limits[0].limits[quota::LimitKind::tpm], quota::kUnlimited);
  EXPECT_EQ(people.limits[0].limits[quota::LimitKind::daily], std::nullopt);  // as default_limits say
  EXPECT_EQ(people.users[0].description, "연구원");
  const Outcome shown = configured({"users", "show", "이영희"});
  EXPECT_TRUE(contains(shown.out, "12,345")) << shown.out;
  const Outcome listed = configured({"users", "list"});
  EXPECT_TRUE(contains(listed.out, "사용자1") && contains(listed.out, "개발자그룹") && contains(listed.out, "이영희"));
}

TEST_F(CommandLineTest, WhatAnAdminSetsWinsOverTheConfigurationUntilItIsUnset) {
  ASSERT_EQ(configured({"limits", "set", "--user", "사용자1", "--rpm", "5"}).code, kDone);
  const Outcome set = configured({"limits", "show", "--user", "사용자1"});
  EXPECT_TRUE(contains(set.out, "5*")) << set.out;
  ASSERT_EQ(configured({"limits", "unset", "--user", "사용자1"}).code, kDone);
  const Outcome unset = configured({"limits", "show", "--user", "사용자1"});
  EXPECT_TRUE(contains(unset.out, "40") && !contains(unset.out, "*")) << unset.out;
  ASSERT_EQ(configured({"users", "disable", "사용자1"}).code, kDone);
  EXPECT_TRUE(contains(configured({"users", "list"}).out, "disabled"));
  ASSERT_EQ(configured({"users", "remove", "사용자1"}).code, kDone);  // gives up what was changed
  EXPECT_FALSE(contains(configured({"users", "list"}).out, "disabled"));
  EXPECT_EQ(configured({"users", "remove", "사용자1"}).code, kFailed);
  const Outcome audit = configured({"audit"});
  EXPECT_TRUE(contains(audit.out, "limits.set") && contains(audit.out, "user.reset")) << audit.out;
}

TEST_F(CommandLineTest, WrongOrdersAboutPeopleFailAndChangeNothing) {
  EXPECT_EQ(configured({"users", "add", "사용자1"}).code, kFailed);
  EXPECT_EQ(configured({"users", "set", "없는사람", "--rpm", "5"}).code, kFailed);
  EXPECT_EQ(configured({"users", "add", "b", "--rpm", "-5"}).code, kFailed);
  EXPECT_EQ(configured({"users", "add", "a/b"}).code, kFailed);
  EXPECT_EQ(configured({"limits", "set", "--rpm", "5"}).code, kWrongUsage);
  EXPECT_EQ(configured({"limits", "set", "--user", "사용자1"}).code, kWrongUsage);
  EXPECT_EQ(configured({"limits", "set", "--user", "사용자1", "--global", "--rpm", "5"}).code, kWrongUsage);
  EXPECT_EQ(configured({"bans", "set", "--user", "사용자1", "--for", "long"}).code, kFailed);
  EXPECT_EQ(configured({"bans", "lift", "--user", "사용자1"}).code, kFailed);
  EXPECT_TRUE(configured({"audit", "--json"}).out.starts_with(R"({"entries":[],)"));
  EXPECT_EQ(configured({"limits", "show", "--url", "http://127.0.0.1:1"}).code, kFailed) << "without KTL_ADMIN_KEY";
}

TEST_F(CommandLineTest, ABanIsSetListedAndLifted) {
  ASSERT_EQ(configured({"bans", "set", "--user", "사용자1", "--for", "1h", "--reason", "시험"}).code, kDone);
  const Outcome listed = configured({"bans", "list"});
  EXPECT_TRUE(contains(listed.out, "사용자1") && contains(listed.out, "시험")) << listed.out;
  ASSERT_EQ(configured({"bans", "lift", "--user", "사용자1"}).code, kDone);
  EXPECT_FALSE(contains(configured({"bans", "list"}).out, "사용자1"));
}

TEST_F(CommandLineTest, GroupsAndKeysAreMadeChangedAndEnded) {
  ASSERT_EQ(configured({"groups", "add", "팀", "--user", "사용자1", "--tpm", "900"}).code, kDone);
  const Outcome groups = configured({"groups", "list"});
  EXPECT_TRUE(contains(groups.out, "900") && contains(groups.out, "사용자1")) << groups.out;
  ASSERT_EQ(configured({"groups", "set", "팀", "--remove", "사용자1"}).code, kDone);
  ASSERT_EQ(configured({"groups", "remove", "팀"}).code, kDone);
  ASSERT_EQ(configured({"keys", "create", "--user", "사용자1", "--label", "a", "--expires", "30d"}).code, kDone);
  const Outcome fresh = configured({"keys", "rotate", "a", "--overlap", "2h"});
  ASSERT_EQ(fresh.code, kDone) << fresh.err;
  EXPECT_TRUE(fresh.out.starts_with("sk-ktl-"));
  const std::string key = fresh.out.substr(0, fresh.out.size() - 1);
  ASSERT_EQ(configured({"keys", "revoke", key}).code, kDone);
  EXPECT_EQ(configured({"keys", "enable", key}).code, kFailed) << "revoked for ever";
}

TEST_F(CommandLineTest, UsageWithoutAStoreFailsAndWithAnEmptyOneSaysSo) {
  EXPECT_EQ(configured({"usage"}).code, kFailed);
  configured({"users", "add", "이영희"});
  const Outcome empty = configured({"usage"});
  EXPECT_EQ(empty.code, kDone) << empty.err;
  EXPECT_EQ(empty.out, "nothing was used in that time\n");
  EXPECT_EQ(configured({"usage", "--since", "yesterday"}).code, kWrongUsage);
}

TEST_F(CommandLineTest, TokensAreCountedByTheEstimate) {
  const Outcome outcome = configured({"tokens", "안녕하세요"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_TRUE(contains(outcome.out, "tokens                         5\n")) << outcome.out;  // int(1.15 * 5)
  EXPECT_TRUE(contains(outcome.out, "estimate"));
  EXPECT_EQ(configured({"tokens", "x", "--model", "gpt"}).code, kFailed);
  const Outcome exact = configured({"tokens", "안녕하세요", "--method", "exact"});  // nothing is at hand here
  EXPECT_EQ(exact.code, kFailed);
  EXPECT_TRUE(contains(exact.err, "no tokenizer for")) << exact.err;
  EXPECT_EQ(configured({"tokens", "x", "--ids"}).code, kFailed);
  EXPECT_EQ(configured({"tokens", "\xff"}).code, kFailed);
}

TEST_F(CommandLineTest, EverythingBehindBenchIsItsOwn) {
  EXPECT_EQ(run({"--lang", "ko", "bench", "--help", "--concurrent-users", "10"}).code, kDone);
  EXPECT_EQ(bench_arguments_, (std::vector<std::string>{"--help", "--concurrent-users", "10"}));
  EXPECT_EQ(run({"top", "--once"}).code, kDone);
  EXPECT_EQ(top_arguments_, (std::vector<std::string>{"--once"}));
}

}  // namespace
}  // namespace ktl::app
