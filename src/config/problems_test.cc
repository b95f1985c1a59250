// Every broken file is told with its line, its column and what would be right.
#include <gtest/gtest.h>

#include "config/test_support.h"

namespace ktl::config {
namespace {

struct Broken {
  std::string name;
  std::string text;
  std::string expected;  // the beginning of the first problem
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}

class BrokenFile : public testing::TestWithParam<Broken> {};

TEST_P(BrokenFile, IsToldWithItsPlaceAndWhatWouldBeRight) {
  const auto config = parse_texts({GetParam().text});
  ASSERT_FALSE(config);
  const std::string told = all_of(config.error());
  EXPECT_EQ(told.substr(0, GetParam().expected.size()), GetParam().expected) << told;
}

TEST_P(BrokenFile, IsToldInKoreanAtTheSamePlace) {
  const auto english = parse_texts({GetParam().text});
  const auto korean = parse_texts({GetParam().text}, {}, Language::korean);
  ASSERT_FALSE(korean);
  ASSERT_EQ(korean.error().size(), english.error().size());
  for (std::size_t i = 0; i < korean.error().size(); ++i) {
    EXPECT_EQ(korean.error()[i].line, english.error()[i].line);
    EXPECT_EQ(korean.error()[i].column, english.error()[i].column);
    EXPECT_NE(korean.error()[i].message, english.error()[i].message);
  }
}

const std::string kUsers = "users: {사용자1: {rpm: 1}}\n";
const std::string kKey = "sk-a-long-enough-key-000";

INSTANTIATE_TEST_SUITE_P(
    Table, BrokenFile,
    testing::Values(
        Broken{"UnknownSection", "sever: {port: 1}\n", "a.yaml:1:1: unknown name 'sever' (did you mean 'server'?)"},
        Broken{"UnknownFieldOfServer", "server:\n  prot: 80\n",
               "a.yaml:2:3: unknown name 'prot' (did you mean 'port'?)"},
        Broken{"UnknownLimitWord", "default_limits: {rmp: 3}\n",
               "a.yaml:1:18: unknown name 'rmp' (did you mean 'rpm'?)"},
        Broken{"UnknownFieldBehindKoreanText", "users:\n  사용자1: {rpn: 40}\n",
               "a.yaml:2:10: unknown name 'rpn' (did you mean 'rpm'?)"},
        Broken{"NothingNearIsSuggested", "zebra: 1\n", "a.yaml:1:1: unknown name 'zebra'\n"},
        Broken{"PortIsAWord", "server: {port: abc}\n", "a.yaml:1:16: a whole number is needed, not 'abc'"},
        Broken{"PortIsQuoted", "server: {port: \"8080\"}\n", "a.yaml:1:16: a whole number is needed, not '8080'"},
        Broken{"PortIsTooBig", "server: {port: 65536}\n", "a.yaml:1:16: '65536' is out of range: 0 to 65535"},
        Broken{"PortOfTheEngineIsZero", "sglang_server: {port: 0}\n", "a.yaml:1:23: '0' is out of range: 1 to 65535"},
        Broken{"NumberBeyond64Bits", "server: {threads: 99999999999999999999}\n",
               "a.yaml:1:19: '99999999999999999999' is out of range"},
        Broken{"FlagIsANumber", "rate_limiting:\n  strict_mode: 1\n",
               "a.yaml:2:16: strict_mode: true or false is needed, not '1'"},
        Broken{"SectionIsAList", "server: [1, 2]\n", "a.yaml:1:9: a map of 'name: value' is needed here"},
        Broken{"SectionIsAText", "storage: sqlite\n", "a.yaml:1:10: a map of 'name: value' is needed here"},
        Broken{"FileIsAList", "- a\n- b\n", "a.yaml:1:1: a configuration is a map"},
        Broken{"ValueIsAMap", "server: {host: {a: b}}\n", "a.yaml:1:16: host: a single value is needed"},
        Broken{"EmptyHost", "server: {host: \"\"}\n", "a.yaml:1:16: host: this cannot be empty"},
        Broken{"NegativeLimit", kUsers + "default_limits: {rpm: -1}\n",
               "a.yaml:2:23: rpm: a limit is 0 or more; write 'unlimited' for none"},
        Broken{"LimitIsAFraction", "global_limits: {tpm: 1.5}\n", "a.yaml:1:22: a whole number is needed, not '1.5'"},
        Broken{"LimitSaidTwice", "users:\n  a:\n    rpm: 1\n    limits: {rpm: 2}\n",
               "a.yaml:4:13: rpm: said twice, directly and under limits"},
        Broken{"DuplicateKey", "server:\n  port: 1\n  port: 2\n", "a.yaml:3:3: this name is written twice in one map"},
        Broken{"DuplicateUser", "users:\n  사용자1: {rpm: 1}\n  사용자1: {rpm: 2}\n",
               "a.yaml:3:3: this name is written twice in one map"},
        Broken{"GroupOfAnUnknownUser", kUsers + "groups:\n  g: {users: [사용자2]}\n",
               "a.yaml:3:15: '사용자2' is not in users (did you mean '사용자1'?)"},
        Broken{"UserTwiceInAGroup", kUsers + "groups:\n  g: {users: [사용자1, 사용자1]}\n",
               "a.yaml:3:14: users: '사용자1' is in the group twice"},
        Broken{"KeyOfAnUnknownUser", kUsers + "api_keys:\n  " + kKey + ": 사용자\n",
               "a.yaml:3:29: '사용자' is not in users (did you mean '사용자1'?)"},
        Broken{"KeyWithoutUser", kUsers + "api_keys:\n  " + kKey + ": {label: x}\n",
               "a.yaml:3:3: api_keys: a key needs its user"},
        Broken{"KeyIsTooShort", kUsers + "api_keys: {abc: 사용자1}\n", "a.yaml:2:12: not usable as a key"},
        Broken{"KeyAndUserTheWrongWayRound", kUsers + "api_keys: {사용자1: " + kKey + "}\n",
               "a.yaml:2:12: not usable as a key (at least 8 visible ASCII characters, or sha256:<64 hex digits>); the "
               "form is \"key\": user\na.yaml:2:18: 'sk-a-lo…000' is not in users\n"},
        Broken{"BadDigest", kUsers + "api_keys: {\"sha256:12\": 사용자1}\n", "a.yaml:2:12: not usable as a key"},
        Broken{"SameKeyTwice", "users:\n  a: {api_keys: [" + kKey + "]}\n  b: {api_keys: [" + kKey + "]}\n",
               "a.yaml:3:18: sk-a-lo…000: this key is given twice"},
        Broken{"AdminKeyIsAUsersKey",
               "security: {admin_keys: [" + kKey + "]}\nusers: {a: {api_keys: [" + kKey + "]}}\n",
               "a.yaml:1:25: sk-a-lo…000: this key is given twice"},
        Broken{"UserNameWithASlash", "users: {a/b: {rpm: 1}}\n", "a.yaml:1:9: a name has 1 to 200 bytes"},
        Broken{"UnknownStorage", "storage: {type: sqlit}\n",
               "a.yaml:1:17: type: 'sqlit' is not one of sqlite, redis, memory (did you mean 'sqlite'?)"},
        Broken{"UnknownStoreLoss", "storage: {on_store_loss: local-share}\n",
               "a.yaml:1:26: on_store_loss: 'local-share' is not one of closed, local_share, open (did you mean "
               "'local_share'?)"},
        Broken{"UnknownLeases", "storage: {leases: on}\n", "a.yaml:1:19: leases: 'on' is not one of off, auto"},
        Broken{"RedisUrlOfAnotherKind", "storage:\n  type: redis\n  redis_url: http://x\n",
               "a.yaml:2:3: redis_url: must begin with redis://, rediss://, redis+cluster:// or rediss+cluster://"},
        Broken{"UnknownTimeZone", "rate_limiting: {day_timezone: Asia/Soeul}\n",
               "a.yaml:1:31: day_timezone: unknown time zone 'Asia/Soeul' (did you mean 'Asia/Seoul'?)"},
        Broken{
            "DurationWithoutNumber", "server: {timeouts: {connect: soon}}\n",
            "a.yaml:1:30: connect: a duration is needed: a number of seconds, or 500ms, 30s, 5m, 1h, 1d, not 'soon'"},
        Broken{"DurationOutOfRange", "rate_limiting: {ban_window: 2d}\n",
               "a.yaml:1:29: ban_window: must be from 1000 ms to 86400000 ms, not '2d'"},
        Broken{"QueueWithoutTime", "sglang_server:\n  queue: {limit: 5, timeout: 0}\n",
               "a.yaml:2:10: queue: with a limit above 0 the timeout must be above 0 too"},
        Broken{"BothEngineForms", "sglang_server: {port: 1}\nmodels: {m: }\nupstreams: [{url: \"http://h:1\"}]\n",
               "a.yaml:3:1: sglang_server and upstreams exclude each other"},
        Broken{"UpstreamWithoutUrl", "models: {m: }\nupstreams:\n  - name: a\n",
               "a.yaml:3:5: url: must be of the form http://host:port"},
        Broken{"UpstreamOverTls", "models: {m: }\nupstreams:\n  - url: https://h:1\n",
               "a.yaml:3:10: url: must be of the form http://host:port"},
        Broken{"TwoUpstreamsOfOneName",
               "models: {m: }\nupstreams:\n  - {name: a, url: \"http://h:1\"}\n  - {name: a, url: \"http://h:2\"}\n",
               "a.yaml:4:5: two upstreams have the name 'a'"},
        Broken{"UpstreamOfAnUnknownModel",
               "models: {korean-qwen: }\nupstreams:\n  - {url: \"http://h:1\", models: [korean-qwem]}\n",
               "a.yaml:1:10: no upstream serves the model 'korean-qwen'\na.yaml:3:34: 'korean-qwem' is not in models "
               "(did you mean 'korean-qwen'?)"},
        Broken{"UpstreamsWithoutModels", "upstreams: [{url: \"http://h:1\"}]\n",
               "a.yaml:1:12: models: at least one model is needed"},
        Broken{"UpstreamIsOurselves", "server: {port: 8000}\n", "a.yaml: the upstream's address 127.0.0.1:8000"},
        Broken{"DashboardOnTheServersPort", "dashboard: {port: 8080}\n",
               "a.yaml:1:12: dashboard and server use the same address 127.0.0.1:8080"},
        Broken{"ModelForAUserThatDoesNotExist", "users: {a: {models: [gpt-4]}}\n",
               "a.yaml:1:22: 'gpt-4' is not in models"},
        Broken{"SglangArgIsAList", "sglang_server: {sglang_args: {tp_size: [1]}}\n",
               "a.yaml:1:40: sglang_args: a single value is needed"},
        Broken{"KoreanFactorIsZero", "tokenizer: {korean_factor: 0}\n",
               "a.yaml:1:28: korean_factor: must be from 0.01 to 100, not '0'"},
        Broken{"VariableThatIsNotSet", "server:\n  host: ${NOPE}\n",
               "a.yaml:2:9: environment variable NOPE is not set (a default: ${NOPE:-value})"},
        Broken{"VariableWithoutEnd", "server: {host: \"${NOPE\"}\n", "a.yaml:1:16: a '${' without its '}'"},
        Broken{"VariableWithABadName", "server: {host: \"${a-b}\"}\n",
               "a.yaml:1:16: 'a-b' is not the name of an environment variable"},
        Broken{"NotYaml", "server:\n  host: [1\n", "a.yaml:3:1: not YAML: "},
        Broken{"TabsAsIndentation", "server:\n\thost: a\n", "a.yaml:2:1: a tab cannot indent; use spaces"},
        Broken{
            "UnquotedVariableInBraces", "server: {host: ${HOST:-x}}\n",
            "a.yaml:1:17: not YAML: end of map flow not found (inside {} and [] a ${NAME} needs quotes: \"${NAME}\")"},
        Broken{"NotUtf8", "server: \xff\n", "a.yaml: this is not UTF-8 text"},
        Broken{"TwoDocuments", "server: {port: 1}\n---\nserver: {port: 2}\n", "a.yaml: there is more than one YAML"},
        Broken{"AListAsAName", "? [a, b]\n: c\n", "a.yaml:1:3: a list or a map cannot be a name"},
        Broken{"AnAliasOfItself", "server: &a {host: *a}\n", "a.yaml:1:19: the alias contains itself"},
        Broken{"DeepNesting", "server: " + std::string(100, '[') + std::string(100, ']') + "\n",
               "a.yaml:1:72: nested too deeply (at most 64 levels)"}),
    [](const auto& broken) { return broken.param.name; });

TEST(Problems, AllAreToldNotOnlyTheFirstInTheOrderOfTheLines) {
  const auto config = parse_texts(
      {"users: {a: {rpm: -3, tmp: 1}}\nserver: {port: x}\nlogging: {level: loud}\n", "metrics: {open: maybe}\n"});
  ASSERT_FALSE(config);
  ASSERT_EQ(config.error().size(), 5U) << all_of(config.error());
  EXPECT_EQ(config.error()[0].line, 1);
  EXPECT_EQ(config.error()[2].line, 2);
  EXPECT_EQ(config.error()[3].line, 3);
  EXPECT_EQ(config.error()[4].file, "b.yaml");
}

TEST(Problems, AliasesThatMultiplyAreStoppedEarly) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j > 0 ? ", " : "") + before;
    text += "]\n";
  }
  const auto config = parse_texts({text});
  ASSERT_FALSE(config);
  EXPECT_NE(all_of(config.error()).find("the file is too big"), std::string::npos);
}

TEST(Problems, AFileThatIsNoConfigurationGivesAtMost200) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "name" + std::to_string(i) + ": 1\n";
  const auto config = parse_texts({text});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().size(), 200U);
}

TEST(Problems, OldBooksAreKeptLongEnoughAndInOrder) {
  for (const std::string wrong : {"{detail_days: 6}", "{detail_days: 0, ledger_days: 400}",
                                  "{detail_days: 90, ledger_days: 89}", "{detail_days: -1}", "{ledger_days: x}"})
    EXPECT_FALSE(parse_texts({"storage: " + wrong + "\n"})) << wrong;
  for (const std::string right : {"{detail_days: 7, ledger_days: 7}", "{detail_days: 0, ledger_days: 0}",
                                  "{detail_days: 30}", "{ledger_days: 0}"})
    EXPECT_TRUE(parse_texts({"storage: " + right + "\n"})) << right;
}

TEST(Problems, NoneRepeatsASecret) {
  const std::string secret = "sk-very-secret-value-1234567890";
  const std::string from_environment = "${SECRET}";
  for (const std::string& text : std::vector<std::string>{
           "users: {a: }\napi_keys: {\"" + secret + "\": b}\n",
           "users: {a: }\napi_keys: {a: \"" + secret + "\"}\n",
           "users: {a: {api_keys: [" + secret + ", " + secret + "]}}\n",
           "users: {a: }\napi_keys: {\"" + secret + " with blanks\": a}\n",
           "groups: {g: {users: [" + secret + "]}}\n",
           "security: {admin_keys: [" + secret + ", " + secret + "]}\n",
           "security: {admin_keys: " + secret + "}\n",
           "sglang_server: {api_key: [" + secret + "]}\n",
           "storage: {type: redis, redis_url: \"http://:" + secret + "@host\"}\n",
           "server: {port: " + from_environment + "}\n",
           "server: {timeouts: {connect: " + from_environment + "}}\n",
           "storage: {type: " + from_environment + "}\n",
           "metrics: {open: " + from_environment + "}\n",
           "tokenizer: {korean_factor: " + from_environment + "}\n",
           "groups: {g: {users: [\"" + from_environment + "\"]}}\n",
           "groups: {g: {users: [\"oops" + from_environment + "\"]}}\n",
           "models: {\"" + from_environment + "\": }\nupstreams: [{url: \"http://h:1\", models: [x]}]\n",
           "rate_limiting: {day_timezone: \"" + from_environment + "\"}\n",
           "\"" + from_environment + "\": 1\n",
       }) {
    for (const Language language : {Language::english, Language::korean}) {
      const auto config = parse_texts({text}, {{"SECRET", secret}}, language);
      ASSERT_FALSE(config) << text;
      EXPECT_EQ(all_of(config.error()).find("very-secret"), std::string::npos) << all_of(config.error());
    }
  }
}

}  // namespace
}  // namespace ktl::config
