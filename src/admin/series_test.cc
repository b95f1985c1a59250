// The past as charts get it, over real sockets.
#include "admin/admin_fixture.h"

namespace ktl::admin {
namespace {

// A second each, up to the fixture's now.
void remember(AdminFixture& f, int seconds) {
  for (int i = seconds; i > 0; --i)
    f.history.add(f.clock.wall() - std::chrono::seconds(i), 1,
                  {{"requests", series::Unit::per_second, series::Sum{2}},
                   {"in_flight", series::Unit::count, series::level_of(i)}});
}

PAGE_TEST(SeriesAreColumnsOverOneTime) {
  start();
  remember(*this, 120);
  const Got got = co_await get("/admin/series?name=requests,in_flight.max&from=-20000&step=10", kAdminKey);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, R"({"from_ms":1795422580000,"to_ms":1795422610000,"step_ms":10000,)"
                      R"("t_ms":[1795422580000,1795422590000,1795422600000],"seconds":[10,10,0],"series":{)"
                      R"("requests":{"unit":"per_second","values":[2,2,null]},)"
                      R"("in_flight.max":{"unit":"count","values":[20,10,null]}},"unknown":[]})");
}

PAGE_TEST(TheStepIsChosenWhereItIsNotGiven) {
  start();
  remember(*this, 5);
  Got got = co_await get("/admin/series?name=requests", kAdminKey);
  EXPECT_TRUE(got.has(R"("step_ms":10000,)")) << got.body.substr(0, 200);
  got = co_await get("/admin/series?name=requests&from=-60000", kAdminKey);
  EXPECT_TRUE(got.has(R"("step_ms":1000,)")) << got.body.substr(0, 200);
  got = co_await get("/admin/series?name=requests&from=-2592000000", kAdminKey);
  EXPECT_TRUE(got.has(R"("step_ms":3600000,)")) << got.body.substr(0, 200);
}

PAGE_TEST(WhatThereIsIsListed) {
  start();
  remember(*this, 1);
  const Got got = co_await get("/admin/series", kAdminKey);
  EXPECT_TRUE(got.has(R"({"name":"requests","unit":"per_second","kind":"sum"})")) << got;
  EXPECT_TRUE(got.has(R"({"step_ms":3600000,"keeps_ms":31622400000})")) << got;
}

PAGE_TEST(UnknownNamesAreToldAndTheOthersAnswered) {
  start();
  remember(*this, 1);
  const Got got = co_await get("/admin/series?name=nonsense,requests&from=-1000&step=1", kAdminKey);
  EXPECT_EQ(got.status, 200);
  EXPECT_TRUE(got.has(R"("unknown":["nonsense"])") && got.has(R"("values":[2,null])")) << got;
}

PAGE_TEST(WrongQuestionsAreRefusedByTheNameOfWhatIsWrong) {
  start();
  for (const auto& [query, param] : {std::pair{"step=7", "step"},
                                     {"step=-1", "step"},
                                     {"step=1&from=0&name=requests", "step"},
                                     {"from=x", "from"},
                                     {"from=99999999999999999", "from"},
                                     {"to=1&from=2", "from"},
                                     {"to=1e5", "to"},
                                     {"name=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "name"}}) {
    const Got got = co_await get("/admin/series?" + std::string(query), kAdminKey);
    EXPECT_EQ(got.status, 400) << query;
    EXPECT_TRUE(got.has("\"param\":\"" + std::string(param) + "\"")) << query << "\n" << got;
  }
  EXPECT_EQ((co_await get("/admin/series?name=%FF", kAdminKey)).status, 400);
  EXPECT_EQ((co_await get("/admin/series", kUserKey)).status, 403);
}

}  // namespace
}  // namespace ktl::admin
