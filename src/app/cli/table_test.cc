#include "app/cli/table.h"

#include <gtest/gtest.h>

#include "app/cli/dates.h"

namespace ktl::app {
namespace {

TEST(Table, HangulTakesTwoCellsOfATerminal) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("사용자1"), 7U);
  EXPECT_EQ(display_width("sk-user…def"), 11U);
  EXPECT_EQ(display_width("한자漢字ｶﾅ"), 10U);  // halfwidth katakana take one each
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width("\u1112\u1161\u11ab"), 2U);  // 한, decomposed
}

TEST(Table, ColumnsLineUpWithKoreanText) {
  Table table({{"사용자"}, {"합계", Table::Align::right}, {"비고"}});
  table.add({"a", "1,000", "x"});
  table.add({"개발자1", "5", ""});
  table.rule();
  table.add({"합계", "1,005", ""});
  EXPECT_EQ(table.text(),
            "사용자    합계  비고\n"
            "-------  -----  ----\n"
            "a        1,000  x\n"
            "개발자1      5\n"
            "-------  -----  ----\n"
            "합계     1,005\n");
}

TEST(Table, ControlCharactersCannotReachTheTerminal) {
  Table table({{"a"}});
  table.add({"x\x1b[31m\n"});
  EXPECT_EQ(table.text().find('\x1b'), std::string::npos);
}

TEST(Table, LongNumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(-1'234'567), "-1,234,567");
  EXPECT_EQ(grouped(-123), "-123");
}

TEST(Dates, ADayIsOneOfTheConfiguredZone) {
  const WallTime late(std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(15));
  EXPECT_EQ(date_of(late, std::chrono::hours(9)), "2026-11-24");
  EXPECT_EQ(date_of(late, std::chrono::hours(0)), "2026-11-23");
  const std::int64_t today = day_of(late, std::chrono::hours(9));
  EXPECT_EQ(parse_day("1d", today), today);
  EXPECT_EQ(parse_day("7d", today), today - 6);
  EXPECT_EQ(parse_day("2026-11-24", today), today);
  for (const char* wrong : {"", "d", "0d", "-1d", "2026-02-30", "2026-1-1", "tomorrow", "2026/11/24"})
    EXPECT_EQ(parse_day(wrong, today), std::nullopt) << wrong;
}

}  // namespace
}  // namespace ktl::app
