#include "config/load.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace ktl::config {
namespace {

using quota::LimitKind;

TEST(Load, NothingSaidIsTheDefaults) {
  const auto config = parse_texts({""});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->server.port, 8080);
  EXPECT_EQ(config->dashboard.port, 8501);
  ASSERT_EQ(config->upstreams.size(), 1U);
  EXPECT_EQ(config->upstreams[0].name, "sglang");
  EXPECT_EQ(config->upstreams[0].port, 8000);
  ASSERT_EQ(config->models.size(), 1U);
  EXPECT_EQ(config->models[0].alias, "korean-qwen");
  EXPECT_EQ(config->models[0].upstream_model, "Qwen/Qwen2.5-3B-Instruct");
  EXPECT_EQ(config->default_limits[LimitKind::rpm], 40);
  EXPECT_EQ(config->default_limits[LimitKind::concurrent], 16);
  EXPECT_EQ(config->default_limits[LimitKind::rph], quota::kUnlimited);
  EXPECT_EQ(config->global_limits, quota::Limits{});
  EXPECT_EQ(config->rate_limiting.day_offset, std::chrono::hours(9));
  EXPECT_EQ(config->storage.group_commit, Millis(10));
}

TEST(Load, LaterFilesOverrideKeyByKey) {
  const auto config =
      parse_texts({"server: {host: 10.0.0.1, port: 1000}\nusers: {a: {rpm: 1, tpm: 2}, b: {rpm: 3}}\n",
                   "server: {port: 2000}\nusers: {a: {tpm: 20}, c: {rpm: 4}}\n", "server: {threads: 3}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->server.host, "10.0.0.1");
  EXPECT_EQ(config->server.port, 2000);
  EXPECT_EQ(config->server.threads, 3);
  ASSERT_EQ(config->users.size(), 3U);
  EXPECT_EQ(config->user("a")->limits[LimitKind::rpm], 1);
  EXPECT_EQ(config->user("a")->limits[LimitKind::tpm], 20);
  EXPECT_EQ(config->user("b")->limits[LimitKind::rpm], 3);
}

TEST(Load, AUsersLimitsStandOnTheDefaultsOfAllFiles) {
  const auto config = parse_texts({"users: {a: {rpm: 1}, b: , c: {limits: {daily: unlimited}}}\n",
                                   "default_limits: {rpm: 9, concurrent: unlimited}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->user("a")->limits[LimitKind::rpm], 1);
  EXPECT_EQ(config->user("a")->limits[LimitKind::tpm], 8'000);
  EXPECT_EQ(config->user("a")->limits[LimitKind::concurrent], quota::kUnlimited);
  EXPECT_EQ(config->user("b")->limits[LimitKind::rpm], 9);
  EXPECT_EQ(config->user("c")->limits[LimitKind::daily], quota::kUnlimited);
  EXPECT_EQ(config->user("c")->limits[LimitKind::tph], 500'000);
}

TEST(Load, KeysAreKeptAsDigestAndMaskOnly) {
  const auto config =
      parse_texts({"users: {사용자1: {api_keys: [sk-second-key-of-user-1]}}\n"
                   "api_keys:\n"
                   "  sk-user1-korean-key-def: 사용자1\n"
                   "  sk-with-own-limits-0001: {user: 사용자1, label: 노트북, limits: {rpm: 5}, tph: 7}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  ASSERT_EQ(config->api_keys.size(), 3U);
  EXPECT_EQ(config->api_keys[0].digest, identity::digest_of("sk-second-key-of-user-1"));
  EXPECT_FALSE(config->api_keys[0].published);
  EXPECT_EQ(config->api_keys[1].mask, "sk-user…def");
  EXPECT_TRUE(config->api_keys[1].published);
  EXPECT_EQ(config->api_keys[2].label, "노트북");
  EXPECT_EQ(config->api_keys[2].limits[LimitKind::rpm], 5);
  EXPECT_EQ(config->api_keys[2].limits[LimitKind::tph], 7);
  EXPECT_EQ(config->api_keys[2].limits[LimitKind::tpm], quota::kUnlimited);  // the user's limit binds, not a copy
}

TEST(Load, VariablesFillValuesAndKeysOfAnyType) {
  const auto config =
      parse_texts({"server: {host: \"${HOST:-0.0.0.0}\", port: \"${PORT}\", threads: \"${THREADS:-2}\"}\n"
                   "rate_limiting: {strict_mode: \"${STRICT:-false}\"}\n"
                   "users: {a: {description: \"costs $${5} at ${PLACE}\"}}\n"
                   "api_keys: {\"${KEY}\": a}\n"
                   "security: {admin_keys: [\"${ADMIN:-}\"]}\n"},
                  {{"PORT", "9000"}, {"PLACE", "${HOST}"}, {"KEY", "sk-from-the-environment"}, {"HOST", ""}});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->server.host, "0.0.0.0");  // empty counts as not set where a default is given
  EXPECT_EQ(config->server.port, 9000);
  EXPECT_EQ(config->server.threads, 2);
  EXPECT_FALSE(config->rate_limiting.strict_mode);
  EXPECT_EQ(config->user("a")->description, "costs ${5} at ${HOST}");  // what a variable holds is not expanded again
  EXPECT_EQ(config->api_keys[0].digest, identity::digest_of("sk-from-the-environment"));
  EXPECT_TRUE(config->security.admin_keys.empty());
}

TEST(Load, TheOneEngineFormBecomesOneUpstream) {
  const auto config =
      parse_texts({"sglang_server:\n  host: gpu1\n  port: 30000\n  served_model_name: my-qwen\n"
                   "  model_path: /models/q\n  api_key: secret\n"
                   "  sglang_args: {max_running_requests: 100, tp_size: 2}\n"
                   "models: {other: {upstream_model: x, default_max_tokens: 50}}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  ASSERT_EQ(config->upstreams.size(), 1U);
  EXPECT_EQ(config->upstreams[0].host, "gpu1");
  EXPECT_EQ(config->upstreams[0].port, 30000);
  EXPECT_EQ(config->upstreams[0].api_key.reveal(), "secret");
  EXPECT_EQ(config->upstreams[0].max_in_flight, 400);
  EXPECT_EQ(config->upstreams[0].sglang_args.size(), 2U);
  ASSERT_EQ(config->models.size(), 2U);
  EXPECT_EQ(config->models[0].alias, "my-qwen");
  EXPECT_EQ(config->models[0].upstream_model, "/models/q");
  EXPECT_EQ(config->model("other")->default_max_tokens, 50);
}

TEST(Load, TheLaterFilesEngineFormCounts) {
  const std::string one = "sglang_server: {host: one}\nmodels: {m: }\n";
  const std::string many =
      "upstreams: [{url: \"http://two:1/v1\", models: m}, {url: \"http://[::1]:2\", type: vllm, weight: 3}]\n";
  const auto to_many = parse_texts({one, many});
  ASSERT_TRUE(to_many) << all_of(to_many.error());
  ASSERT_EQ(to_many->upstreams.size(), 2U);
  EXPECT_EQ(to_many->upstreams[0].name, "upstream-1");
  EXPECT_EQ(to_many->upstreams[0].models, std::vector<std::string>{"m"});
  EXPECT_EQ(to_many->upstreams[1].host, "::1");
  EXPECT_EQ(to_many->upstreams[1].type, EngineType::vllm);
  const auto to_one = parse_texts({"models: {m: }\n" + many, "sglang_server: {host: one}\n"});
  ASSERT_TRUE(to_one) << all_of(to_one.error());
  ASSERT_EQ(to_one->upstreams.size(), 1U);
  EXPECT_EQ(to_one->upstreams[0].host, "one");
}

TEST(Load, DurationsAreSecondsOrCarryAUnit) {
  const auto config =
      parse_texts({"rate_limiting: {ban_window: 90, ban_duration: 2h}\n"
                   "server: {timeouts: {connect: 250ms, drain: 1.5, keep_alive: \"5m\"}}\n"
                   "storage: {group_commit_ms: 0}\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->rate_limiting.ban_window, Millis(90'000));
  EXPECT_EQ(config->rate_limiting.ban_duration, Millis(7'200'000));
  EXPECT_EQ(config->server.timeouts.connect, Millis(250));
  EXPECT_EQ(config->server.timeouts.drain, Millis(1'500));
  EXPECT_EQ(config->server.timeouts.keep_alive, Millis(300'000));
  EXPECT_EQ(config->storage.group_commit, Millis(0));
}

TEST(Load, AliasesSeparatorsAndAByteOrderMarkAreUnderstood) {
  const auto config = parse_texts({"\xEF\xBB\xBFusers:\n  a: &usual {rpm: 1_000, description: \"x\"}\n  b: *usual\n"});
  ASSERT_TRUE(config) << all_of(config.error());
  EXPECT_EQ(config->user("b")->limits[LimitKind::rpm], 1'000);
}

TEST(Load, AMissingFileIsNamed) {
  const std::string paths[] = {"/no/such/file.yaml", "/"};
  const auto config = load(paths, environment_of({}));
  ASSERT_FALSE(config);
  EXPECT_EQ(all_of(config.error()),
            "/no/such/file.yaml: cannot be read: No such file or directory\n/: cannot be read: Is a directory\n");
}

TEST(Language, ComesFromTheFirstVariableThatIsSet) {
  EXPECT_EQ(language_of(environment_of({})), Language::english);
  EXPECT_EQ(language_of(environment_of({{"LANG", "ko_KR.UTF-8"}})), Language::korean);
  EXPECT_EQ(language_of(environment_of({{"LANG", "ko_KR.UTF-8"}, {"LC_ALL", "C.UTF-8"}})), Language::english);
  EXPECT_EQ(language_of(environment_of({{"LANG", "ko_KR.UTF-8"}, {"LC_ALL", ""}})), Language::korean);
}

}  // namespace
}  // namespace ktl::config
