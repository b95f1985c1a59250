#include "app/cli/usage_command.h"

#include <fmt/format.h>

#include <map>

#include "app/cli/dates.h"
#include "app/cli/open_store.h"
#include "app/cli/table.h"
#include "base/text.h"
#include "config/findings.h"

namespace ktl::app {
namespace {

struct Sum {
  std::int64_t requests = 0;
  std::int64_t prompt = 0;
  std::int64_t completion = 0;

  void add(const storage::DayUsageRow& row) {
    requests += row.requests;
    prompt += row.prompt_tokens;
    completion += row.completion_tokens;
  }
};

void add_row(Table& table, std::string day, std::string name, const Sum& sum) {
  table.add({std::move(day), std::move(name), grouped(sum.requests), grouped(sum.prompt), grouped(sum.completion),
             grouped(sum.prompt + sum.completion)});
}

// The store names keys by their digest in hex; people know label and mask.
std::map<std::string, std::string> key_labels(const config::Config& config, storage::SqliteFile& store) {
  const auto hex_of = [](const identity::KeyDigest& digest) {
    return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  };
  std::map<std::string, std::string> labels;
  for (const auto& key : config.api_keys) labels[hex_of(key.digest)] = key.label.empty() ? key.mask : key.label;
  if (const auto rows = store.keys())
    for (const auto& key : *rows) labels.try_emplace(hex_of(key.digest), key.label);
  return labels;
}

}  // namespace

int usage_command(const CommandContext& context, const config::Config& config, const UsageQuery& query) {
  const std::int64_t today = day_of(context.clock.wall(), config.rate_limiting.day_offset);
  const auto from = parse_day(query.since, today);
  if (!from) {
    context.err << fmt::format(
        fmt::runtime(context.say("--since: 날짜(2026-11-23) 또는 일수(7d)가 필요합니다 ('{}')\n",
                                 "--since: a date (2026-11-23) or a number of days (7d) is needed, not '{}'\n")),
        config::shown(query.since));
    return kWrongUsage;
  }
  const auto store = open_store(context, config, storage::Access::read_only);
  if (!store) return kFailed;
  const auto rows = store->usage_by_day(query.by, *from, today);
  if (!rows) return report(context, rows.error());

  using Align = Table::Align;
  const auto title = [&](std::string_view korean, std::string_view english, Align align) {
    return Table::Column{std::string(context.say(korean, english)), align};
  };
  Table table({title("날짜", "DAY", Align::left), title("이름", "NAME", Align::left),
               title("요청", "REQUESTS", Align::right), title("입력 토큰", "PROMPT", Align::right),
               title("출력 토큰", "COMPLETION", Align::right), title("합계", "TOTAL", Align::right)});
  const auto labels = query.by == ScopeKind::key ? key_labels(config, *store) : std::map<std::string, std::string>();
  Sum all;
  std::map<std::string, Sum> by_name;
  for (const auto& row : *rows) {
    const auto label = labels.find(row.name);
    const std::string name = label == labels.end() ? row.name : label->second;
    if (!query.name.empty() && query.name != name && query.name != row.name) continue;
    Sum sum;
    sum.add(row);
    add_row(table, day_text(row.day), name, sum);
    by_name[name].add(row);
    all.add(row);
  }
  if (table.empty()) {
    context.out << context.say("이 기간에는 사용량이 없습니다\n", "nothing was used in that time\n");
    return kDone;
  }
  table.rule();
  const std::string total(context.say("합계", "total"));
  for (const auto& [name, sum] : by_name) add_row(table, total, name, sum);
  if (by_name.size() > 1) add_row(table, total, std::string(context.say("(모두)", "(all)")), all);
  context.out << table.text();
  return kDone;
}

}  // namespace ktl::app
