// What is sent to the admin pages, and what they tell of themselves.
#include <gtest/gtest.h>

#include <set>

#include "admin/etag.h"
#include "admin/limits_order.h"
#include "admin/openapi.h"
#include "admin/order.h"
#include "admin/routes.h"
#include "protocol/json_cursor.h"

namespace ktl::admin {
namespace {

TEST(Timestamp, InstantsOfUtcAreReadAndNothingElse) {
  const auto at = parse_timestamp("2026-11-23T08:30:00.123Z");
  ASSERT_TRUE(at);
  EXPECT_EQ(timestamp(*at), "2026-11-23T08:30:00.123Z");
  EXPECT_EQ(timestamp(*parse_timestamp("2024-02-29T23:59:59Z")), "2024-02-29T23:59:59.000Z");
  EXPECT_EQ(timestamp(*parse_timestamp("2026-11-23T08:30:00.123456789Z")), "2026-11-23T08:30:00.123Z");
  for (const std::string_view bad :
       {"", "2026-11-23", "2026-11-23T08:30:00", "2026-11-23T08:30:00+09:00", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T08:60:00Z", "2026-11-23T08:30:60Z",
        "2026-11-23T08:30:00.Z", "2026-11-23T08:30:00.1234567890Z", "-026-11-23T08:30:00Z", "2026-11-23T08:30:0-Z",
        "2026-11-23t08:30:00Z", "2026-11-23T08:30:00Zx"})
    EXPECT_FALSE(parse_timestamp(bad)) << bad;
}

std::optional<std::string> wrong_in(std::string_view json, quota::LimitChoices& limits) {
  return read_limits(*JsonObject::parse(json), limits);
}

TEST(LimitsOrder, AnAmountNoneAndNothingAreThreeThings) {
  quota::LimitChoices limits;
  limits[quota::LimitKind::daily] = 5;
  EXPECT_FALSE(wrong_in(R"({"rpm":10,"tpm":"unlimited","daily":null,"concurrent":0})", limits));
  EXPECT_EQ(limits[quota::LimitKind::rpm], 10);
  EXPECT_EQ(limits[quota::LimitKind::tpm], quota::kUnlimited);
  EXPECT_EQ(limits[quota::LimitKind::daily], std::nullopt);
  EXPECT_EQ(limits[quota::LimitKind::concurrent], 0);
  EXPECT_EQ(choices_text(limits), R"({"rpm":10,"tpm":"unlimited","concurrent":0})");
  quota::Limits base;
  base[quota::LimitKind::tpm] = 7;
  base[quota::LimitKind::daily] = 8;
  EXPECT_EQ(limits.over(base)[quota::LimitKind::tpm], quota::kUnlimited);
  EXPECT_EQ(limits.over(base)[quota::LimitKind::daily], 8);
}

TEST(LimitsOrder, TheFirstWrongMemberIsNamed) {
  quota::LimitChoices limits;
  for (const auto& [json, wrong] :
       {std::pair{R"({"rpm":-1})", "rpm"}, std::pair{R"({"rpm":1,"tpm":1.5})", "tpm"}, std::pair{R"({"rps":1})", "rps"},
        std::pair{R"({"rpm":"10"})", "rpm"}, std::pair{R"({"rpm":true})", "rpm"}, std::pair{R"({"rpm":[]})", "rpm"},
        std::pair{R"({"rpm":9223372036854775807})", "rpm"}})
    EXPECT_EQ(wrong_in(json, limits), wrong) << json;
}

TEST(Etag, MatchesItselfAnyAndListsButNothingElse) {
  const std::string tag = etag_of("{\"a\":1}");
  EXPECT_EQ(tag, etag_of("{\"a\":1}"));
  EXPECT_NE(tag, etag_of("{\"a\":2}"));
  EXPECT_TRUE(matches("", tag) && matches("*", tag) && matches(tag, tag));
  EXPECT_TRUE(matches("\"other\" , " + tag, tag));
  EXPECT_FALSE(matches("\"other\"", tag));
  EXPECT_FALSE(matches("W/" + tag, tag)) << "a weak tag does not do for a change";
  EXPECT_FALSE(matches(",", tag));
}

TEST(Openapi, EveryRouteIsDescribedOnceWithASchemaThatThereIs) {
  const std::string text = openapi("1.2.3");
  protocol::JsonCursor in(text, 64);
  ASSERT_TRUE(in.skip() && in.at_end());
  std::size_t described = 0;
  std::set<std::string> ids;
  constexpr std::string_view kId = "\"operationId\":\"";
  for (std::size_t at = text.find(kId); at != std::string::npos; at = text.find(kId, at + 1)) {
    const std::size_t begin = at + kId.size();
    EXPECT_TRUE(ids.insert(text.substr(begin, text.find('"', begin) - begin)).second) << text.substr(begin, 30);
    ++described;
  }
  EXPECT_EQ(described, routes().size());
  constexpr std::string_view kReference = "#/components/schemas/";
  for (std::size_t at = text.find(kReference); at != std::string::npos; at = text.find(kReference, at + 1)) {
    const std::size_t begin = at + kReference.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    const std::string definition = "\n\"" + name + "\":{";
    const bool of_people = people_schemas().find(definition) != std::string_view::npos;
    const bool of_telemetry = telemetry_schemas().find(definition) != std::string_view::npos;
    EXPECT_TRUE(of_people != of_telemetry) << name << " stands in one of the two, once";
  }
}

}  // namespace
}  // namespace ktl::admin
