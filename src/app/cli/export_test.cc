#include <gtest/gtest.h>

#include <sstream>

#include "app/cli/dates.h"
#include "app/cli/export_format.h"
#include "app/cli/progress_bar.h"

namespace ktl::app {
namespace {

constexpr Millis kSeoul = std::chrono::hours(9);

ledger::UsageRow row() {
  ledger::UsageRow row;
  row.entry = "settle";
  row.admitted = WallTime(Millis(1'795'000'000'007));
  row.ended = WallTime(Millis(1'795'000'001'000));
  row.charge = "42";
  row.outcome = "ok";
  row.user = "사용자1";
  row.model = "korean-qwen";
  row.key = "aabbccddeeff";
  row.groups = "가, 나";
  row.requests = 1;
  row.reserved = 50;
  row.usage = {20, 10, 3, 2};
  return row;
}

std::string csv(const ledger::UsageRow& row) {
  std::string out;
  ExportFormat(kSeoul, KeyNames(config::Config{})).append_csv(out, row);
  return out;
}

TEST(ExportFormatTest, a_csv_row_has_the_documented_columns_in_order) {
  EXPECT_EQ(ExportFormat::csv_header(),
            "admitted_at,ended_at,entry,charge,user,groups,model,key,outcome,requests,reserved_tokens,prompt_tokens,"
            "completion_tokens,total_tokens,cached_tokens,reasoning_tokens,reason\r\n");
  EXPECT_EQ(csv(row()),
            "2026-11-18T20:06:40.007+09:00,2026-11-18T20:06:41.000+09:00,settle,42,사용자1,\"가, 나\",korean-qwen,"
            "sha256:aabbcc…,ok,1,50,20,10,30,3,2,\r\n");
}

TEST(ExportFormatTest, quotes_commas_and_line_ends_are_quoted) {
  auto odd = row();
  odd.user = "a\"b,c\r\nd";
  EXPECT_NE(csv(odd).find(",\"a\"\"b,c\r\nd\","), std::string::npos) << csv(odd);
}

TEST(ExportFormatTest, a_name_that_a_spreadsheet_would_run_is_defused_and_a_number_is_not) {
  for (const std::string bad : {"=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"}) {
    auto odd = row();
    odd.user = bad;
    odd.reason = bad;
    EXPECT_NE(csv(odd).find(",\"'" + bad + "\","), std::string::npos) << csv(odd);
    EXPECT_TRUE(csv(odd).ends_with(",\"'" + bad + "\"\r\n")) << csv(odd);
  }
  auto less = row();
  less.usage = {-5, 0, 0, 0};
  EXPECT_NE(csv(less).find(",-5,0,-5,"), std::string::npos) << csv(less);
}

TEST(ExportFormatTest, a_key_is_shown_by_its_name_or_a_piece_of_its_digest) {
  auto named = row();
  named.key_label = "내 키";
  EXPECT_NE(csv(named).find(",내 키,"), std::string::npos);
  EXPECT_EQ(csv(row()).find("aabbccddeeff"), std::string::npos);
}

TEST(ExportFormatTest, a_json_line_is_one_object_with_the_same_names) {
  auto odd = row();
  odd.user = "=\"가\n";
  std::string out;
  ExportFormat(kSeoul, KeyNames(config::Config{})).append_json(out, odd);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  EXPECT_NE(out.find("\"user\":\"=\\\"가\\n\""), std::string::npos) << out;
  for (const std::string_view column : export_columns())
    EXPECT_NE(out.find("\"" + std::string(column) + "\":"), std::string::npos) << column;
}

TEST(DatesTest, an_instant_is_a_day_in_the_zone_or_rfc_3339) {
  const auto ms = [](std::string_view text) {
    const auto at = parse_instant(text, kSeoul);
    return at ? at->time_since_epoch().count() : -1;
  };
  EXPECT_EQ(ms("1970-01-02"), 15 * 3'600'000);
  EXPECT_EQ(ms("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(ms("1970-01-01T09:00:00.5+09:00"), 500);
  EXPECT_EQ(ms("1970-01-01T00:00:00.123456-01:30"), 5'400'123);
  for (const char* wrong :
       {"", "7d", "2026-13-01", "2026-11-01T", "2026-11-01T09:00", "2026-11-01T25:00:00Z", "2026-11-01T09:00:00",
        "2026-11-01T09:00:00+9", "2026-11-01T09:00:00.Z", "2026-11-01T09:00:00Zx", "2026-11-011"})
    EXPECT_EQ(ms(wrong), -1) << wrong;
  EXPECT_EQ(instant_text(*parse_instant("2026-11-01T09:08:07.006+09:00", kSeoul), kSeoul),
            "2026-11-01T09:08:07.006+09:00");
  EXPECT_EQ(instant_text(WallTime{}, Millis(-5'400'000)), "1969-12-31T22:30:00.000-01:30");
}

class TestClock final : public Clock {
 public:
  WallTime wall() const override { return {}; }
  MonoTime mono() const override { return now; }
  MonoTime now{};
};

TEST(ProgressBarTest, it_shows_only_long_work_only_on_a_terminal_and_takes_itself_off) {
  std::ostringstream out, err;
  TestClock clock;
  const CommandContext context{out, err, config::Language::english, {}, clock};
  for (const bool terminal : {false, true}) {
    ProgressBar bar(context, terminal ? std::optional<std::size_t>(40) : std::nullopt);
    bar.show(1, 4);
    EXPECT_EQ(err.str(), "") << "short work";
    clock.now += std::chrono::seconds(2);
    bar.show(2, 4);
    EXPECT_EQ(err.str().empty(), !terminal);
  }
  EXPECT_EQ(err.str(), "\r[###########------------]  50%  0:02\x1b[K\r\x1b[K");
}

}  // namespace
}  // namespace ktl::app
