#include "dashboard/sessions.h"

#include <gtest/gtest.h>

namespace ktl::dashboard {
namespace {

using std::chrono::hours;

const admin::Session kAdmin{identity::digest_of("an-admin-key"), "an-adm…key"};
const MonoTime kStart{hours(1000)};

TEST(Sessions, OneIsFoundByItsNameAndByNoOther) {
  Sessions sessions;
  sessions.open("name", kAdmin, kStart);
  ASSERT_TRUE(sessions.find("name", kStart));
  EXPECT_EQ(sessions.find("name", kStart)->mask, kAdmin.mask);
  EXPECT_EQ(sessions.find("name", kStart)->admin_key, kAdmin.admin_key);
  EXPECT_FALSE(sessions.find("other", kStart));
  EXPECT_FALSE(sessions.find("", kStart));
}

TEST(Sessions, ClosingEndsIt) {
  Sessions sessions;
  sessions.open("name", kAdmin, kStart);
  sessions.close("name");
  EXPECT_FALSE(sessions.find("name", kStart));
}

TEST(Sessions, AnIdleOneEndsAndUseKeepsItUntilItsLongest) {
  Sessions sessions({.idle = hours(24), .longest = hours(72)});
  sessions.open("name", kAdmin, kStart);
  EXPECT_TRUE(sessions.find("name", kStart + hours(23)));
  EXPECT_TRUE(sessions.find("name", kStart + hours(46)));
  EXPECT_TRUE(sessions.find("name", kStart + hours(69)));
  EXPECT_FALSE(sessions.find("name", kStart + hours(72)));
  sessions.open("idle", kAdmin, kStart);
  EXPECT_FALSE(sessions.find("idle", kStart + hours(24)));
}

TEST(Sessions, TheStalestMakesRoomWhenThereAreTooMany) {
  Sessions sessions({.most = 2});
  sessions.open("a", kAdmin, kStart);
  sessions.open("b", kAdmin, kStart + hours(1));
  ASSERT_TRUE(sessions.find("a", kStart + hours(2)));
  sessions.open("c", kAdmin, kStart + hours(3));
  EXPECT_EQ(sessions.size(), 2u);
  EXPECT_TRUE(sessions.find("a", kStart + hours(3)));
  EXPECT_FALSE(sessions.find("b", kStart + hours(3)));
}

}  // namespace
}  // namespace ktl::dashboard
