#include "app/cli/usage_ledger_command.h"

#include <fmt/format.h>

#include "app/cli/dates.h"
#include "app/cli/open_store.h"
#include "app/cli/progress_bar.h"
#include "app/cli/table.h"
#include "base/text.h"
#include "config/findings.h"
#include "storage/sqlite/backup.h"

namespace ktl::app {
namespace {

storage::Progress shown_by(ProgressBar& bar) {
  return [&bar](std::int64_t done, std::int64_t total) { bar.show(done, total); };
}

template <class... Arguments>
void say(const CommandContext& context, std::ostream& out, std::string_view korean, std::string_view english,
         const Arguments&... arguments) {
  out << fmt::format(fmt::runtime(context.say(korean, english)), arguments...);
}

bool is_sqlite(const CommandContext& context, const config::Config& config) {
  if (config.storage.type == config::StorageType::sqlite) return true;
  context.err << context.say("이 명령은 storage.type: sqlite에서만 쓸 수 있습니다\n",
                             "this command needs storage.type: sqlite\n");
  return false;
}

// A file is read as it is at one instant. Redis has no such instant for all of its keys; but the entries and the sums
// of a day that is over stand still.
int cannot_verify_redis(const CommandContext& context) {
  context.err << context.say(
      "usage verify는 SQLite 파일의 합계를 다시 계산해 대조합니다. Redis는 읽는 동안에도 게이트웨이들이 합계를 더하고\n"
      "400일이 지난 기록은 지워지므로, 한 시점의 장부를 통째로 읽어 대조할 수 없습니다.\n"
      "대신 지난 하루를 골라 `usage export --from 날짜 --to 다음날`의 합을 `usage show`의 그날 합계와 비교하세요.\n",
      "usage verify recomputes the sums of a SQLite file. Redis cannot be read as it is at one instant: gateways\n"
      "go on adding meanwhile, and entries leave after 400 days.\n"
      "Instead, take a day that is over: the rows of `usage export --from DAY --to NEXT-DAY` add up to what\n"
      "`usage show` tells of that day.\n");
  return kFailed;
}

std::string piece_of(const storage::Difference& difference, Millis offset) {
  if (difference.table == "usage_by_day") return day_text(difference.piece);
  if (difference.table == "usage_by_slice") return instant_text(WallTime(Millis(difference.piece)), offset);
  return "-";
}

void print_differences(const CommandContext& context, const storage::Verification& found, Millis offset) {
  using Align = Table::Align;
  Table table({{"TABLE", Align::left},
               {"WHEN", Align::left},
               {"SCOPE", Align::right},
               {"KEPT REQ", Align::right},
               {"KEPT TOKENS", Align::right},
               {"ENTRIES REQ", Align::right},
               {"ENTRIES TOKENS", Align::right}});
  for (const storage::Difference& each : found.differences)
    table.add({each.table, piece_of(each, offset), std::to_string(each.scope), grouped(each.kept.requests),
               grouped(each.kept.tokens()), grouped(each.recomputed.requests), grouped(each.recomputed.tokens())});
  context.out << table.text();
  const auto more = found.wrong - static_cast<std::int64_t>(found.differences.size());
  if (more > 0) say(context, context.out, "… 외 {}건\n", "… and {} more\n", grouped(more));
}

void print_json(const CommandContext& context, const storage::Verification& found) {
  context.out << fmt::format("{{\"ok\":{},\"charges\":{},\"balances\":{},\"wrong\":{},\"differences\":[",
                             found.wrong == 0, found.charges, found.balances, found.wrong);
  std::string_view comma;
  for (const storage::Difference& each : found.differences) {
    context.out << comma
                << fmt::format(
                       "{{\"table\":{},\"piece\":{},\"scope\":{},\"kept\":{{\"requests\":{},\"tokens\":{}}},"
                       "\"entries\":{{\"requests\":{},\"tokens\":{}}}}}",
                       json_quoted(each.table), each.piece, each.scope, each.kept.requests, each.kept.tokens(),
                       each.recomputed.requests, each.recomputed.tokens());
    comma = ",";
  }
  context.out << "]}\n";
}

}  // namespace

int verify_usage(const CommandContext& context, const config::Config& config, bool json) {
  if (config.storage.type == config::StorageType::redis) return cannot_verify_redis(context);
  const auto store = open_store(context, config, storage::Access::read_only);
  if (!store) return kFailed;
  ProgressBar bar(context);
  const Millis offset = config.rate_limiting.day_offset;
  const auto found = store->verify(offset, shown_by(bar));
  if (!found) return report(context, found.error());
  if (json) {
    print_json(context, *found);
  } else if (found->wrong == 0) {
    say(context, context.out, "맞습니다: 청구 {}건, 잔액 {}개\n", "right: {} charges, {} balances\n",
        grouped(found->charges), grouped(found->balances));
  } else {
    print_differences(context, *found, offset);
    say(context, context.out, "틀림: 잔액 {}개 가운데 {}개\n", "wrong: of {} balances {}\n", grouped(found->balances),
        grouped(found->wrong));
  }
  return found->wrong == 0 ? kDone : kFailed;
}

int adjust_usage(const CommandContext& context, const config::Config& config, const Correction& correction) {
  if (correction.delta == TokenUsage{}) {
    context.err << context.say("--prompt나 --completion이 필요합니다\n", "--prompt or --completion is needed\n");
    return kWrongUsage;
  }
  const auto store = open_store(context, config, storage::Access::read_write);
  if (!store) return kFailed;
  const auto done = store->correct(
      {static_cast<ChargeId>(correction.charge), context.clock.wall(), correction.delta, correction.reason},
      config.rate_limiting.day_offset);
  if (!done) return report(context, done.error());
  say(context, context.err, "적었습니다. 실행 중인 게이트웨이의 한도에는 다음 시작 때 반영됩니다\n",
      "written down; the limits of a running gateway learn of it at its next start\n");
  return kDone;
}

int back_up_usage(const CommandContext& context, const config::Config& config, const std::string& target) {
  if (!is_sqlite(context, config)) return kFailed;
  ProgressBar bar(context);
  const auto report_of = storage::back_up(config.storage.sqlite_path, target, config.rate_limiting.day_offset,
                                          context.clock.wall(), shown_by(bar));
  if (!report_of) return report(context, report_of.error());
  say(context, context.err, "{}: {} 바이트, 그 가운데 저널에서 {}건\n",
      "{}: {} bytes, {} entries of them from the journal\n", target, grouped(report_of->bytes),
      report_of->from_journal);
  return kDone;
}

int restore_usage(const CommandContext& context, const config::Config& config, const std::string& backup) {
  if (!is_sqlite(context, config)) return kFailed;
  ProgressBar bar(context);
  const auto restored = storage::restore(backup, config.storage.sqlite_path, config.rate_limiting.day_offset,
                                         context.clock.wall(), shown_by(bar));
  if (!restored) return report(context, restored.error());
  say(context, context.err, "복원했습니다: 청구 {}건, 잔액 {}개가 맞습니다\n",
      "restored: {} charges, {} balances are right\n", grouped(restored->verification.charges),
      grouped(restored->verification.balances));
  if (!restored->replaced.empty())
    say(context, context.err, "이전 파일: {}\n", "the replaced file: {}\n", restored->replaced);
  return kDone;
}

}  // namespace ktl::app
