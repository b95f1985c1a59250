#include "storage/redis/greeting.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace ktl::storage::redis {
namespace {

Value reply(Kind kind, std::string text) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}

Value error(std::string text) {
  return reply(Kind::error, std::move(text));
}

Value hello(const std::vector<std::string>& words) {
  Value value;
  value.kind = Kind::array;
  for (const std::string& word : words) value.items.push_back(reply(Kind::text, word));
  return value;
}

std::string commands(const Login& login, std::size_t replies) {
  std::string out;
  EXPECT_EQ(append_greeting(out, login), replies);
  return out;
}

bool holds(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST(Greeting, SaysOnlyWhatIsSet) {
  EXPECT_EQ(commands({}, 2), "*2\r\n$5\r\nHELLO\r\n$1\r\n2\r\n*1\r\n$4\r\nPING\r\n");
  const std::string all = commands({"u", "p", 3, "name"}, 3);
  EXPECT_TRUE(holds(all, "*7\r\n$5\r\nHELLO\r\n$1\r\n2\r\n$4\r\nAUTH\r\n$1\r\nu\r\n$1\r\np\r\n$7\r\nSETNAME\r\n"))
      << all;
  EXPECT_TRUE(holds(all, "SELECT\r\n$1\r\n3\r\n")) << all;
  EXPECT_TRUE(holds(commands({"", "p"}, 2), "AUTH\r\n$7\r\ndefault\r\n$1\r\np\r\n"));
}

TEST(Greeting, NeverRepeatsTheServersText) {
  // Old servers quote the arguments of a command that they do not know.
  const Value old = error("ERR unknown command `HELLO`, with args beginning with: `2`, `AUTH`, `u`, `geheim`,");
  EXPECT_TRUE(holds(objection_to_reply({}, 0, old), "Redis 7"));
  for (const Value& answer : {old, error("geheim"), error("GEHEIMx y"), error("")}) {
    for (std::size_t index = 0; index < 3; ++index) {
      const std::string objection = objection_to_reply({"", "", 1}, index, answer);
      EXPECT_FALSE(holds(objection, "geheim") || holds(objection, "GEHEIM")) << objection;
    }
  }
}

TEST(Greeting, AcceptsAMasterOfRedis7OrValkey) {
  for (const char* version : {"7.0.15", "7.2.4", "8.0.1", "10.0.0"})
    EXPECT_EQ(objection_to_reply({}, 0, hello({"version", version, "mode", "standalone", "role", "master"})), "")
        << version;
  EXPECT_TRUE(holds(objection_to_reply({}, 0, hello({"version", "6.2.14"})), "older than Redis 7"));
}

TEST(Greeting, RefusesReplicasAndClustersUnlessAnyRoleWillDo) {
  const Value replica = hello({"version", "7.0.15", "mode", "standalone", "role", "replica"});
  const Value slave = hello({"version", "7.0.15", "mode", "standalone", "role", "slave"});
  const Value node = hello({"version", "7.0.15", "mode", "cluster", "role", "master"});
  Login any;
  any.any_role = true;
  for (const Value& server : {replica, slave, node}) {
    EXPECT_NE(objection_to_reply({}, 0, server), "");
    EXPECT_EQ(objection_to_reply(any, 0, server), "");
  }
}

TEST(Greeting, WaitsForAServerThatIsNotReady) {
  for (const char* code : {"LOADING", "MASTERDOWN", "BUSY"})
    EXPECT_TRUE(holds(objection_to_reply({}, 1, error(std::string(code) + " Redis is busy")), code));
  EXPECT_EQ(objection_to_reply({}, 1, error("NOPERM no permission")), "");
  EXPECT_EQ(objection_to_reply({}, 1, reply(Kind::status, "PONG")), "");
}

}  // namespace
}  // namespace ktl::storage::redis
