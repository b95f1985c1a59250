#include "storage/redis/url.h"

#include <gtest/gtest.h>

namespace ktl::storage::redis {
namespace {

TEST(RedisUrl, ReadsEveryPart) {
  const auto url = parse_url("rediss://limiter:p%40ss%2Fw%3Ard@redis.example-1.com:6380/3");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_TRUE(url->tls);
  EXPECT_FALSE(url->cluster);
  EXPECT_EQ(url->user, "limiter");
  EXPECT_EQ(url->password, "p@ss/w:rd");
  EXPECT_EQ(url->database, 3u);
  EXPECT_EQ(url->hosts, (std::vector<HostPort>{{"redis.example-1.com", 6380}}));
  EXPECT_EQ(describe(*url), "rediss://redis.example-1.com:6380/3");
}

TEST(RedisUrl, FillsInWhatIsNotSaid) {
  const auto url = parse_url("redis://127.0.0.1");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_FALSE(url->tls);
  EXPECT_EQ(url->hosts, (std::vector<HostPort>{{"127.0.0.1", 6379}}));
  EXPECT_TRUE(url->user.empty() && url->password.empty());
  EXPECT_EQ(url->database, 0u);
  EXPECT_TRUE(parse_url("redis://h/"));
}

TEST(RedisUrl, ReadsAPasswordWithoutUser) {
  const auto url = parse_url("redis://:geheim@h");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->user, "");
  EXPECT_EQ(url->password, "geheim");
}

TEST(RedisUrl, TakesAPasswordThatSomebodyForgotToEncode) {
  const auto url = parse_url("redis://u:a@b/c?d#e:f@h:1");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->password, "a@b/c?d#e:f");
  EXPECT_EQ(url->hosts, (std::vector<HostPort>{{"h", 1}}));
}

TEST(RedisUrl, ReadsIp6AndClusters) {
  const auto url = parse_url("rediss+cluster://u:p@[2001:db8::1]:7000,h2,[::1]");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_TRUE(url->tls && url->cluster);
  EXPECT_EQ(url->hosts, (std::vector<HostPort>{{"2001:db8::1", 7000}, {"h2", 6379}, {"::1", 6379}}));
  EXPECT_EQ(describe(*url), "rediss+cluster://[2001:db8::1]:7000,h2:6379,[::1]:6379");
}

TEST(RedisUrl, RefusesInWordsThatKeepTheSecret) {
  const std::pair<const char*, const char*> wrong[] = {
      {"http://u:hunter2@h", "redis://"},
      {"u:hunter2@h", "redis://"},
      {"redis://hunter2@h", "user:password"},
      {"redis://u:hunter2%4@h", "%-escape"},
      {"redis://u:@h", "password is empty"},
      {"redis://", "host is missing"},
      {"redis://:hunter2@:6379", "host is missing"},
      {"redis://u:hunter2@h:port", "port"},
      {"redis://u:hunter2@h:0", "port"},
      {"redis://u:hunter2@h:65536", "port"},
      {"redis://u:hunter2@h:", "port"},
      {"redis://u:hunter2@::1", "brackets"},
      {"redis://u:hunter2@[::1", "closing bracket"},
      {"redis://u:hunter2@[h]", "not an IPv6 address"},
      {"redis://u:hunter2@[::1]6379", "port"},
      {"redis://u:hunter2@h,i", "redis+cluster"},
      {"redis+cluster://u:hunter2@h,", "host is missing"},
      {"redis+cluster://u:hunter2@h/1", "database"},
      {"redis://u:hunter2@h/one", "database"},
      {"redis://u:hunter2@h/-1", "database"},
      {"redis://u:hunter2@h?timeout=1", "'?'"},
      {"redis://u:hunter2@h i", "host"},
  };
  for (const auto& [text, reason] : wrong) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::invalid);
    EXPECT_NE(url.error().message.find(reason), std::string::npos) << text << ": " << url.error().message;
    EXPECT_EQ(url.error().message.find("hunter"), std::string::npos) << url.error().message;
  }
}

}  // namespace
}  // namespace ktl::storage::redis
