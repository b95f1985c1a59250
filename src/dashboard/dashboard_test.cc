// The dashboard before the admin pages, spoken to as browsers and other sites' pages do.
#include "dashboard/dashboard.h"

#include "admin/admin_fixture.h"

namespace ktl::dashboard {
namespace {

using admin::Got;
using admin::kAdminKey;
using admin::kUserKey;

constexpr std::string_view kOurs = "origin: http://127.0.0.1:8501\r\nx-token-limiter-dashboard: 1\r\n";
constexpr std::string_view kBanSomebody = R"({"user":"사용자1"})";

struct DashboardFixture : admin::AdminFixture {
  DashboardFixture() { host = "127.0.0.1:8501"; }

  void begin() {
    start();
    DashboardOptions dashboard_options;
    dashboard_options.admin = options;
    dashboard_options.logins = {.by_address = 3, .together = 100};
    dashboard = std::make_unique<Dashboard>(dashboard_options, *admin_, *loop_services_);
  }
  net::Task<void> answer(net::HttpExchange& x) override { return dashboard->serve(x); }

  // The cookie line of a session, or empty.
  net::Task<std::string> log_in(std::string_view key) {
    std::string body = R"({"key":")" + std::string(key) + "\"}";
    const Got got = co_await ask("POST", "/session", std::string(kOurs), body);
    const std::string cookie = got.header("set-cookie");
    if (got.status != 200) co_return std::string();
    co_return "cookie: " + cookie.substr(0, cookie.find(';')) + "\r\n";
  }

  std::unique_ptr<Dashboard> dashboard;
};

#define DASHBOARD_TEST(name)       \
  struct name : DashboardFixture { \
    net::Task<void> body();        \
  };                               \
  TEST_F(name, Holds) {            \
    begin();                       \
    run(body());                   \
  }                                \
  net::Task<void> name::body()

DASHBOARD_TEST(WhoHasNoSessionSeesThePageAndNoFigures) {
  const Got page = co_await ask("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.header("content-security-policy").find("default-src 'none'"), std::string::npos);
  EXPECT_NE(page.header("content-security-policy").find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(page.header("content-security-policy").find("unsafe"), std::string::npos);
  EXPECT_EQ(page.header("x-content-type-options"), "nosniff");
  const Got users = co_await ask("GET", "/admin/users");
  EXPECT_EQ(users.status, 401);
  const Got simple = co_await ask("GET", "/simple");
  EXPECT_EQ(simple.status, 401);
  EXPECT_TRUE(simple.has("<form"));
  EXPECT_FALSE(simple.has("사용자1"));
  const Got session = co_await ask("GET", "/session");
  EXPECT_TRUE(session.has(R"("admin":false,"may_read":false)"));
}

DASHBOARD_TEST(AnAdminKeyOpensASessionThatMayReadAndChange) {
  const std::string cookie = co_await log_in(kAdminKey);
  EXPECT_FALSE(cookie.empty());
  EXPECT_EQ(cookie.find(kAdminKey), std::string::npos);
  const Got users = co_await ask("GET", "/admin/users", cookie);
  EXPECT_EQ(users.status, 200);
  const Got ban = co_await ask("POST", "/admin/bans", cookie + std::string(kOurs), std::string(kBanSomebody));
  EXPECT_EQ(ban.status, 201) << ban;
  const Got simple = co_await ask("GET", "/simple", cookie);
  EXPECT_TRUE(simple.has("사용자1"));
  EXPECT_TRUE(simple.has("차단됨"));
}

DASHBOARD_TEST(NeitherAWrongNorAUsersKeyOpensOne) {
  EXPECT_EQ(co_await log_in("wrong-wrong-wrong"), "");
  EXPECT_EQ(co_await log_in(kUserKey), "");
}

DASHBOARD_TEST(TriesAreCounted) {
  for (int i = 0; i < 3; ++i) co_await log_in("wrong-wrong-wrong");
  const std::string body = R"({"key":")" + std::string(kAdminKey) + "\"}";
  const Got got = co_await ask("POST", "/session", std::string(kOurs), body);
  EXPECT_EQ(got.status, 429);
  EXPECT_NE(got.header("retry-after"), "");
  EXPECT_EQ(got.header("set-cookie"), "");
}

DASHBOARD_TEST(AnotherSitesPageChangesNothingWithTheSession) {
  const std::string cookie = co_await log_in(kAdminKey);
  const std::string body(kBanSomebody);
  const std::string mark = "x-token-limiter-dashboard: 1\r\n";
  for (const std::string& lines :
       {std::string(), mark, std::string("origin: http://127.0.0.1:8501\r\n"), "origin: http://evil.example\r\n" + mark,
        "origin: null\r\n" + mark,
        "sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\norigin: null\r\n" + mark}) {
    const Got got = co_await ask("POST", "/admin/bans", cookie + lines, body);
    EXPECT_EQ(got.status, 403) << lines;
  }
  EXPECT_TRUE(accounting->bans().empty());
}

DASHBOARD_TEST(AKeyOfItsOwnCountsForMoreThanTheSession) {
  const std::string cookie = co_await log_in(kAdminKey);
  const Got got =
      co_await ask("GET", "/admin/users", cookie + "authorization: Bearer " + std::string(kUserKey) + "\r\n");
  EXPECT_EQ(got.status, 403);
}

DASHBOARD_TEST(LoggingOutEndsTheSession) {
  const std::string cookie = co_await log_in(kAdminKey);
  const Got out = co_await ask("DELETE", "/session", cookie + std::string(kOurs));
  EXPECT_EQ(out.status, 200);
  const Got users = co_await ask("GET", "/admin/users", cookie);
  EXPECT_EQ(users.status, 401);
}

DASHBOARD_TEST(ASessionEndsWithItsAdminKey) {
  const std::string cookie = co_await log_in(kAdminKey);
  auto picture = std::make_shared<gateway::Catalogue>(*catalogue.get());
  picture->admin_keys.clear();
  catalogue.set(std::move(picture));
  const Got users = co_await ask("GET", "/admin/users", cookie);
  EXPECT_EQ(users.status, 401);
}

DASHBOARD_TEST(TheFormWithoutScriptsLeadsToTheSimplePage) {
  const Got form = co_await ask("GET", "/login");
  EXPECT_TRUE(form.has("action=\"/login\""));
  const Got in = co_await ask("POST", "/login", "origin: http://127.0.0.1:8501\r\n", "key=" + std::string(kAdminKey));
  EXPECT_EQ(in.status, 303);
  EXPECT_EQ(in.header("location"), "/simple");
  const Got wrong = co_await ask("POST", "/login", "origin: http://127.0.0.1:8501\r\n", "key=%3Cb%3E");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_FALSE(wrong.has("<b>"));
  const Got foreign =
      co_await ask("POST", "/login", "origin: http://evil.example\r\n", "key=" + std::string(kAdminKey));
  EXPECT_EQ(foreign.status, 403);
}

struct TrustedReader : DashboardFixture {
  TrustedReader() { options.trust_loopback = true; }
  net::Task<void> body();
};
TEST_F(TrustedReader, MayReadAndChangesNothing) {
  begin();
  run(body());
}
net::Task<void> TrustedReader::body() {
  const Got session = co_await ask("GET", "/session");
  EXPECT_TRUE(session.has(R"("admin":false,"may_read":true)"));
  const Got users = co_await ask("GET", "/admin/users");
  EXPECT_EQ(users.status, 200);
  const Got simple = co_await ask("GET", "/simple?lang=en");
  EXPECT_TRUE(simple.has("Users (used / limit)"));
  const Got ban = co_await ask("POST", "/admin/bans", std::string(kOurs), std::string(kBanSomebody));
  EXPECT_EQ(ban.status, 401);
  const Got forwarded = co_await ask("GET", "/admin/users", "x-forwarded-for: 10.0.0.1\r\n");
  EXPECT_EQ(forwarded.status, 401);
}

}  // namespace
}  // namespace ktl::dashboard
