// What is read from engines and from clients, without sockets.
#include <gtest/gtest.h>

#include "admin/cors.h"
#include "admin/json_object.h"
#include "admin/json_writer.h"
#include "admin/query.h"
#include "admin/routes.h"
#include "admin/server_info.h"

namespace ktl::admin {
namespace {

TEST(ServerInfo, NoSecretPassesWhereverItStands) {
  const std::string_view said =
      R"({"model_path":"Qwen/Qwen2.5","served_model_name":"qwen","api_key":"SECRET","admin_api_key":"SECRET",
      "ssl_keyfile_password":"SECRET","tp_size":1,"context_length":"SECRET","max_running_requests":null,"enable_metrics":true,
      "memory_usage":{"weight":1.5,"api_key":"SECRET","graph":{"decode":0.2,"deep":{"x":1},"s":"SECRET"}},
      "version":{"api_key":"SECRET"},"startup_time":{"api_key":"SECRET"},
      "internal_states":[{"api_key":"SECRET","admin_api_key":"SECRET","last_gen_throughput":412.7,"internal_states":[{"tp_size":9}],
        "memory_usage":{"kvcache":0.16,"token_capacity_swa":null},"effective_max_running_requests_per_dp":16},"SECRET"],
      "kv_events":null})";
  JsonWriter out;
  out.begin_object();
  ASSERT_TRUE(write_harmless_server_info(out, said));
  out.end_object();
  EXPECT_EQ(
      out.take(),
      R"({"model_path":"Qwen/Qwen2.5","served_model_name":"qwen","tp_size":1,"max_running_requests":null,)"
      R"("enable_metrics":true,"memory_usage":{"weight":1.5,"graph":{"decode":0.2}},)"
      R"("internal_states":[{"last_gen_throughput":412.7,"memory_usage":{"kvcache":0.16,"token_capacity_swa":null},)"
      R"("effective_max_running_requests_per_dp":16}]})");
}

TEST(ServerInfo, WhatIsNoJsonObjectWritesNothing) {
  for (const std::string_view bad : {"", "[]", "{", "{\"tp_size\":1", "{\"tp_size\":1} x", "{\"version\":\"\xff\"}"}) {
    JsonWriter out;
    EXPECT_FALSE(write_harmless_server_info(out, bad)) << bad;
    EXPECT_EQ(out.take(), "");
  }
}

TEST(Query, BlanksEscapesAndRawKoreanAreRead) {
  const auto query = Query::parse("text=%EC%95%88+녕%2B&empty&model=a%2Fb&text=second");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->get("text"), "안 녕+");
  EXPECT_EQ(query->get("empty"), "");
  EXPECT_EQ(query->get("model"), "a/b");
  EXPECT_FALSE(query->get("none"));
  EXPECT_FALSE(Query::parse("text=%zz"));
  EXPECT_FALSE(Query::parse("text=%ff"));
}

TEST(JsonObject, TextsAndIntegersAreReadAndNonsenseRefused) {
  const auto object =
      JsonObject::parse(R"({"user":"사용\uc7901","n":60,"f":1.5,"o":{"a":[1]},"nil":null,"user":"second"})");
  ASSERT_TRUE(object);
  EXPECT_EQ(*object->text("user"), "사용자1");
  EXPECT_EQ(object->integer("n"), 60);
  EXPECT_FALSE(object->integer("f"));
  EXPECT_TRUE(object->has("f"));
  EXPECT_TRUE(object->is_null("nil"));
  EXPECT_EQ(object->text("o"), nullptr);
  for (const std::string_view bad : {"", "[]", "{", "{} {}", "{\"a\":}", "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}"})
    EXPECT_FALSE(JsonObject::parse(bad)) << bad;
}

TEST(JsonWriter, EscapesTextsAndSaysNullForWhatJsonCannotSay) {
  JsonWriter json;
  json.begin_object()
      .field("a\"", "b\n")
      .field("x", 0.5)
      .field("inf", 1.0 / 0.0)
      .key("l")
      .begin_array()
      .value(1)
      .value(true);
  json.begin_object().end_object().end_array().field("none", std::optional<int>()).end_object();
  EXPECT_EQ(json.take(), R"({"a\"":"b\n","x":0.5,"inf":null,"l":[1,true,{}],"none":null})");
}

TEST(Routes, EveryPathKnowsItsMethods) {
  EXPECT_EQ(find_route("GET", "/admin/bans").allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_NE(find_route("HEAD", "/health").route, nullptr);
  EXPECT_EQ(find_route("GET", "/stats/a/b").rest, "a/b");
  EXPECT_EQ(find_route("GET", "/stats/").allow, "");
  EXPECT_EQ(find_route("GET", "/health/").allow, "");
  EXPECT_EQ(find_route("GET", "/admin/users/a").rest, "a");
  EXPECT_EQ(find_route("PUT", "/admin/users/a/limits").rest, "a");
  EXPECT_EQ(find_route("GET", "/admin/users/a/b").allow, "");
  EXPECT_EQ(find_route("GET", "/admin/users//limits").allow, "");
  EXPECT_EQ(find_route("PUT", "/admin/models/team%2Fsolar/limits").rest, "team%2Fsolar");
  EXPECT_EQ(find_route("GET", "/v1/chat/completions").route, nullptr);
  EXPECT_EQ(find_route("GET", "/v1/chat/completions").allow, "POST, OPTIONS");
}

TEST(Cors, OnlyAllowedOriginsMayReadAndNothingIsEchoedThatIsNoName) {
  const std::vector<std::string> allowed{"https://chat.example"};
  net::HeaderList headers;
  EXPECT_EQ(cors_lines(headers, {}), "");
  headers.add("Origin", "https://chat.example");
  EXPECT_NE(cors_lines(headers, allowed).find("access-control-allow-origin: https://chat.example\r\n"),
            std::string::npos);
  net::HeaderList foreign;
  foreign.add("Origin", "https://chat.example.evil");
  foreign.add("access-control-request-headers", "x: y");
  EXPECT_EQ(cors_lines(foreign, allowed), "vary: origin\r\n");
  EXPECT_EQ(preflight_lines(foreign, "GET").find("x: y"), std::string::npos);
}

}  // namespace
}  // namespace ktl::admin
