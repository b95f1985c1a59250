#include "dashboard/browser.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace ktl::dashboard {
namespace {

net::HeaderList headers_of(const std::vector<std::pair<std::string_view, std::string_view>>& lines) {
  net::HeaderList headers;
  for (const auto& [name, value] : lines) headers.add(name, value);
  return headers;
}

TEST(Cookie, OneIsFoundAmongOthersByItsWholeName) {
  const auto headers = headers_of({{"cookie", "a=1; token=x=y; xtoken=2;  last = 3"}});
  EXPECT_EQ(cookie(headers, "token"), "x=y");
  EXPECT_EQ(cookie(headers, "a"), "1");
  EXPECT_EQ(cookie(headers, "oken"), "");
  EXPECT_EQ(cookie(headers, "b"), "");
  EXPECT_EQ(cookie(headers_of({}), "a"), "");
  EXPECT_EQ(cookie(headers_of({{"cookie", ";;=;token"}}), "token"), "");
}

TEST(Cookie, TheSessionsIsKeptFromScriptsAndOtherSites) {
  const std::string line = session_cookie_line("t", "v", headers_of({}));
  EXPECT_NE(line.find("HttpOnly"), std::string::npos);
  EXPECT_NE(line.find("SameSite=Strict"), std::string::npos);
  EXPECT_EQ(line.find("Secure"), std::string::npos);
  EXPECT_NE(session_cookie_line("t", "v", headers_of({{"x-forwarded-proto", "https"}})).find("Secure"),
            std::string::npos);
  EXPECT_NE(session_cookie_line("t", "", headers_of({})).find("Max-Age=0"), std::string::npos);
}

TEST(Foreign, AnotherSitesPageIsKnownByOriginOrFetchMetadata) {
  EXPECT_FALSE(is_foreign(headers_of({{"host", "d:8501"}})));
  EXPECT_FALSE(is_foreign(headers_of({{"host", "d:8501"}, {"origin", "http://d:8501"}})));
  EXPECT_TRUE(is_foreign(headers_of({{"host", "d:8501"}, {"origin", "http://d:8080"}})));
  EXPECT_TRUE(is_foreign(headers_of({{"host", "d:8501"}, {"origin", "null"}})));
  EXPECT_TRUE(is_foreign(headers_of({{"host", "d:8501"}, {"origin", "http://d:8501.evil.example"}})));
  EXPECT_TRUE(is_foreign(headers_of({{"host", "d"}, {"sec-fetch-site", "cross-site"}})));
  EXPECT_TRUE(is_foreign(headers_of({{"host", "d"}, {"sec-fetch-site", "same-site"}, {"sec-fetch-mode", "cors"}})));
  EXPECT_FALSE(is_foreign(headers_of({{"host", "d"}, {"sec-fetch-site", "same-origin"}})));
  EXPECT_FALSE(is_foreign(headers_of({{"host", "d"}, {"sec-fetch-site", "none"}})));
  EXPECT_FALSE(
      is_foreign(headers_of({{"host", "d"}, {"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}})));
  // A form of another site is a navigation, too, and says its origin.
  EXPECT_TRUE(is_foreign(headers_of(
      {{"host", "d"}, {"sec-fetch-site", "cross-site"}, {"sec-fetch-mode", "navigate"}, {"origin", "http://evil"}})));
}

TEST(Deliberate, OnlyOurOwnPagesScriptIs) {
  EXPECT_TRUE(is_deliberate(headers_of({{"host", "d"}, {"origin", "http://d"}, {"x-token-limiter-dashboard", "1"}})));
  EXPECT_TRUE(is_deliberate(
      headers_of({{"host", "d"}, {"sec-fetch-site", "same-origin"}, {"x-token-limiter-dashboard", "1"}})));
  EXPECT_FALSE(is_deliberate(headers_of({{"host", "d"}, {"origin", "http://d"}})));
  EXPECT_FALSE(is_deliberate(headers_of({{"host", "d"}, {"x-token-limiter-dashboard", "1"}})));
  EXPECT_FALSE(
      is_deliberate(headers_of({{"host", "d"}, {"origin", "http://evil"}, {"x-token-limiter-dashboard", "1"}})));
}

}  // namespace
}  // namespace ktl::dashboard
