// The commands of `token-limiter usage`, on a file with some work in it.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "app/cli/command_fixture.h"
#include "app/cli/usage_command.h"
#include "app/cli/usage_export_command.h"
#include "app/cli/usage_ledger_command.h"
#include "storage/journal/journal_fixture.h"
#include "storage/sqlite/sqlite_store.h"

namespace ktl::app {
namespace {

using storage::testing::open_entry;
using storage::testing::settle_entry;

class UsageTest : public ::testing::Test, protected CommandRunner {
 protected:
  UsageTest() {
    clock_.now_ms = 1'795'000'000'000;  // 2026-11-18 20:06:40 in Seoul
    config_.storage.sqlite_path = folder_ / "usage.db";
    open();
    const auto scope = [this](ScopeKind kind, std::string_view name) {
      return static_cast<unsigned>(store_->scope(kind, name).value());
    };
    const unsigned one = scope(ScopeKind::user, "사용자1"), two = scope(ScopeKind::user, "=둘");
    const unsigned model = scope(ScopeKind::model, "korean-qwen");
    const unsigned key = scope(ScopeKind::key, std::string(64, 'a'));
    charge(one, model, key, {20, 10, 0, 0});
    clock_.now_ms += 86'400'000;
    charge(two, model, key, {500, 0, 0, 0});
    charge(one, model, key, {1, 1, 0, 0});
    EXPECT_TRUE(store_->drain_now());
  }

  void open() {
    storage::SqliteOptions options;
    options.path = folder_ / "usage.db";
    options.start_keeper = false;
    options.clock = &clock_;
    auto opened = storage::SqliteStore::open(options);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void charge(unsigned user, unsigned model, unsigned key, TokenUsage usage) {
    last_ = store_->next_charge();
    EXPECT_TRUE(store_->append(open_entry(last_, clock_.wall(), 50, {key, user, model})));
    EXPECT_TRUE(store_->append(settle_entry(last_, clock_.wall() + Millis(100), usage)));
  }

  int exported(const ExportQuery& query) {
    return run([&](const CommandContext& context) { return export_usage(context, config_, query); });
  }
  std::ptrdiff_t lines() const {
    const std::string text = out_.str();
    return std::count(text.begin(), text.end(), '\n');
  }

  storage::testing::TempFolder folder_;
  std::unique_ptr<storage::SqliteStore> store_;
  ChargeId last_{};
};

TEST_F(UsageTest, an_export_has_the_rows_of_its_time_and_no_others) {
  ASSERT_EQ(exported({.from = "2026-11-18", .to = "2026-11-19"}), kDone) << err_.str();
  EXPECT_EQ(lines(), 2);
  EXPECT_TRUE(says(",사용자1,,korean-qwen,sha256:aaaaaa…,ok,1,50,20,10,30,0,0,\r\n")) << out_.str();
  ASSERT_EQ(exported({.from = "2026-11-18"}), kDone);
  EXPECT_EQ(lines(), 2) << "up to now, which is not in it";
  ASSERT_EQ(exported({.from = "2026-11-18", .to = "2026-11-20"}), kDone);
  EXPECT_EQ(lines(), 4);
  EXPECT_TRUE(says(",\"'=둘\",")) << out_.str();
  ASSERT_EQ(exported({.from = "2026-11-18", .to = "2026-11-20", .format = "jsonl", .user = "사용자1"}), kDone);
  EXPECT_EQ(lines(), 2);
  ASSERT_EQ(exported({.from = "2026-11-18T20:06:40+09:00", .to = "2026-11-18T20:06:40.001+09:00", .format = "jsonl"}),
            kDone);
  EXPECT_EQ(lines(), 1);
  EXPECT_EQ(exported({.from = "2026-11-18", .user = "nobody"}), kFailed);
  EXPECT_EQ(exported({.from = "yesterday"}), kWrongUsage);
  EXPECT_EQ(exported({.from = "2026-11-20", .to = "2026-11-18"}), kWrongUsage);
}

TEST_F(UsageTest, a_file_is_there_only_when_it_is_whole_and_begins_with_the_mark_if_asked) {
  const std::string file = folder_ / "out.csv";
  ASSERT_EQ(exported({.from = "2026-11-18", .to = "2026-11-20", .output = file, .bom = true}), kDone) << err_.str();
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_TRUE(
      text.starts_with("\xEF\xBB\xBF"
                       "admitted_at,"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_EQ(exported({.from = "2026-11-18", .output = folder_ / "none" + std::string("/out.csv")}), kFailed);
  EXPECT_EQ(exported({.from = "2026-11-18", .output = "/dev/full/x"}), kFailed);
}

TEST_F(UsageTest, a_correction_is_a_row_of_its_own_and_the_sums_of_an_export_are_those_of_the_books) {
  const auto adjust = [&](TokenUsage delta, std::string reason) {
    return run([&](const CommandContext& context) {
      return adjust_usage(context, config_, {static_cast<std::uint64_t>(last_), delta, std::move(reason)});
    });
  };
  ASSERT_EQ(adjust({-1, 5, 0, 0}, "engine restarted"), kDone) << err_.str();
  EXPECT_EQ(adjust({-1, 0, 0, 0}, "again"), kFailed) << "below nothing";
  EXPECT_EQ(adjust({}, "nothing"), kWrongUsage);
  ASSERT_EQ(exported({.from = "2026-11-19", .to = "2026-11-20", .format = "jsonl"}), kDone);
  EXPECT_EQ(lines(), 3);
  EXPECT_TRUE(says("\"entry\":\"adjust\"")) << out_.str();
  EXPECT_TRUE(says("\"requests\":0,\"reserved_tokens\":0,\"prompt_tokens\":-1,\"completion_tokens\":5,"));
  EXPECT_TRUE(says("\"reason\":\"engine restarted\""));
  EXPECT_EQ(run([&](const CommandContext& context) { return verify_usage(context, config_, false); }), kDone);
  EXPECT_EQ(out_.str(), "right: 3 charges, 18 balances\n");
}

TEST_F(UsageTest, verify_ends_with_1_and_the_differences_when_a_sum_is_wrong) {
  auto database = storage::Database::open(folder_ / "usage.db", storage::Access::read_write, Millis(1000));
  ASSERT_TRUE(database->execute("UPDATE usage_by_day SET prompt=prompt+7 WHERE prompt=500"));
  EXPECT_EQ(run([&](const CommandContext& context) { return verify_usage(context, config_, false); }), kFailed);
  EXPECT_TRUE(says("usage_by_day  2026-11-19")) << out_.str();
  EXPECT_TRUE(says("507")) << out_.str();
  EXPECT_EQ(run([&](const CommandContext& context) { return verify_usage(context, config_, true); }), kFailed);
  EXPECT_TRUE(out_.str().starts_with("{\"ok\":false,")) << out_.str();
}

TEST_F(UsageTest, top_has_the_most_first_and_says_the_shares_of_all) {
  UsageQuery query;
  query.most = 1;
  EXPECT_EQ(run([&](const CommandContext& context) { return top_usage(context, config_, query); }), kDone);
  EXPECT_TRUE(says("1  =둘           1     500           0    500   94.0\n")) << out_.str();
  EXPECT_TRUE(says("(all)         3     521          11    532  100.0\n")) << out_.str();
  query.json = true;
  EXPECT_EQ(run([&](const CommandContext& context) { return top_usage(context, config_, query); }), kDone);
  EXPECT_TRUE(says("\"top\":[{\"name\":\"=둘\",\"requests\":1,")) << out_.str();
}

TEST_F(UsageTest, show_as_json_has_days_and_totals_and_never_a_digest) {
  UsageQuery query;
  query.json = true;
  query.by = ScopeKind::key;
  EXPECT_EQ(run([&](const CommandContext& context) { return show_usage(context, config_, query); }), kDone);
  EXPECT_TRUE(says("{\"day\":\"2026-11-18\",\"name\":\"sha256:aaaaaa…\",\"requests\":1,")) << out_.str();
  EXPECT_TRUE(says("\"all\":{\"requests\":3,\"prompt_tokens\":521,\"completion_tokens\":11,\"total_tokens\":532}}"));
  EXPECT_FALSE(says("aaaaaaa"));
}

TEST_F(UsageTest, a_backup_made_while_the_store_is_open_is_restored_when_it_is_not) {
  const std::string file = folder_ / "backup.db";
  const auto restored = [&] {
    return run([&](const CommandContext& context) { return restore_usage(context, config_, file); });
  };
  ASSERT_EQ(run([&](const CommandContext& context) { return back_up_usage(context, config_, file); }), kDone)
      << err_.str();
  EXPECT_EQ(restored(), kFailed) << "a gateway runs";
  store_.reset();
  EXPECT_EQ(restored(), kDone) << err_.str();
  EXPECT_NE(err_.str().find("the replaced file: "), std::string::npos);
  EXPECT_EQ(run([&](const CommandContext& context) { return verify_usage(context, config_, false); }), kDone);
}

}  // namespace
}  // namespace ktl::app
