#include "app/cli/usage_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>

#include "app/cli/dates.h"
#include "app/cli/key_names.h"
#include "app/cli/open_store.h"
#include "app/cli/open_usage.h"
#include "app/cli/table.h"
#include "base/text.h"
#include "config/findings.h"
#include "ledger/sum.h"

namespace ktl::app {
namespace {

using Align = Table::Align;
using ledger::Sum;

constexpr std::size_t kEverybody = std::numeric_limits<std::int64_t>::max();

struct Span {
  std::int64_t from = 0, to = 0;  // days
};

std::optional<Span> span_of(const CommandContext& context, const config::Config& config, const UsageQuery& query) {
  const std::int64_t today = day_of(context.clock.wall(), config.rate_limiting.day_offset);
  const auto from = parse_day(query.since, today);
  if (from) return Span{*from, today};
  context.err << fmt::format(
      fmt::runtime(context.say("--since: 날짜(2026-11-23) 또는 일수(7d)가 필요합니다 ('{}')\n",
                               "--since: a date (2026-11-23) or a number of days (7d) is needed, not '{}'\n")),
      config::shown(query.since));
  return std::nullopt;
}

// What people may see of the scopes of one kind.
class ShownNames {
 public:
  static Result<ShownNames> of(ScopeKind kind, const config::Config& config, const OpenUsage& usage) {
    ShownNames names;
    if (kind != ScopeKind::key) return names;
    names.keys_.emplace(config);
    if (auto learnt = names.keys_->learn(usage.identity()); !learnt) return tl::unexpected(learnt.error());
    return names;
  }
  std::string shown(const std::string& name) const { return keys_ ? keys_->shown(name) : name; }

 private:
  std::optional<KeyNames> keys_;  // if it is keys
};

std::vector<Table::Column> figures(const CommandContext& context) {
  const auto title = [&](std::string_view korean, std::string_view english) {
    return Table::Column{std::string(context.say(korean, english)), Align::right};
  };
  return {title("요청", "REQUESTS"), title("입력 토큰", "PROMPT"), title("출력 토큰", "COMPLETION"),
          title("합계", "TOTAL")};
}

void append_figures(std::vector<std::string>& cells, const Sum& sum) {
  for (const std::int64_t figure : {sum.requests, sum.prompt, sum.completion, sum.tokens()})
    cells.push_back(grouped(figure));
}

std::string json_figures(const Sum& sum) {
  return fmt::format("\"requests\":{},\"prompt_tokens\":{},\"completion_tokens\":{},\"total_tokens\":{}", sum.requests,
                     sum.prompt, sum.completion, sum.tokens());
}

struct Line {
  std::int64_t day;
  std::string name;
  Sum sum;
};

void print_json(const CommandContext& context, const UsageQuery& query, Span span, const std::vector<Line>& lines,
                const std::map<std::string, Sum>& by_name, const Sum& all) {
  std::string out = fmt::format("{{\"by\":\"{}\",\"from\":\"{}\",\"to\":\"{}\",\"days\":[", name_of(query.by),
                                day_text(span.from), day_text(span.to));
  std::string_view comma;
  for (const Line& line : lines) {
    fmt::format_to(std::back_inserter(out), "{}{{\"day\":\"{}\",\"name\":{},{}}}", comma, day_text(line.day),
                   json_quoted(line.name), json_figures(line.sum));
    comma = ",";
  }
  out += "],\"totals\":[";
  comma = "";
  for (const auto& [name, sum] : by_name) {
    fmt::format_to(std::back_inserter(out), "{}{{\"name\":{},{}}}", comma, json_quoted(name), json_figures(sum));
    comma = ",";
  }
  context.out << out << "],\"all\":{" << json_figures(all) << "}}\n";
}

void print_table(const CommandContext& context, const std::vector<Line>& lines,
                 const std::map<std::string, Sum>& by_name, const Sum& all) {
  std::vector<Table::Column> columns{{std::string(context.say("날짜", "DAY")), Align::left},
                                     {std::string(context.say("이름", "NAME")), Align::left}};
  for (Table::Column& column : figures(context)) columns.push_back(std::move(column));
  Table table(std::move(columns));
  const auto add = [&table](std::string day, std::string name, const Sum& sum) {
    std::vector<std::string> cells{std::move(day), std::move(name)};
    append_figures(cells, sum);
    table.add(std::move(cells));
  };
  for (const Line& line : lines) add(day_text(line.day), line.name, line.sum);
  table.rule();
  const std::string total(context.say("합계", "total"));
  for (const auto& [name, sum] : by_name) add(total, name, sum);
  if (by_name.size() > 1) add(total, std::string(context.say("(모두)", "(all)")), all);
  context.out << table.text();
}

int nothing(const CommandContext& context) {
  context.out << context.say("이 기간에는 사용량이 없습니다\n", "nothing was used in that time\n");
  return kDone;
}

}  // namespace

int show_usage(const CommandContext& context, const config::Config& config, const UsageQuery& query) {
  const auto span = span_of(context, config, query);
  if (!span) return kWrongUsage;
  const OpenUsage usage = open_usage(context, config);
  if (!usage) return kFailed;
  const auto rows = usage.book().each_by_day(query.by, span->from, span->to);
  if (!rows) return report(context, rows.error());
  const auto names = ShownNames::of(query.by, config, usage);
  if (!names) return report(context, names.error());
  std::vector<Line> lines;
  std::map<std::string, Sum> by_name;
  Sum all;
  for (const auto& row : *rows) {
    const std::string name = names->shown(row.name);
    if (!query.name.empty() && query.name != name && query.name != row.name) continue;
    lines.push_back({row.day, name, row.sum});
    by_name[name] += row.sum;
    all += row.sum;
  }
  if (query.json) {
    print_json(context, query, *span, lines, by_name, all);
    return kDone;
  }
  if (lines.empty()) return nothing(context);
  print_table(context, lines, by_name, all);
  return kDone;
}

int top_usage(const CommandContext& context, const config::Config& config, const UsageQuery& query) {
  const auto span = span_of(context, config, query);
  if (!span) return kWrongUsage;
  const OpenUsage usage = open_usage(context, config);
  if (!usage) return kFailed;
  auto rows = usage.book().most_used(query.by, span->from, span->to, kEverybody);
  if (!rows) return report(context, rows.error());
  Sum all;
  for (const auto& row : *rows) all += row.sum;
  rows->resize(std::min(rows->size(), static_cast<std::size_t>(query.most)));
  const auto names = ShownNames::of(query.by, config, usage);
  if (!names) return report(context, names.error());
  const auto share = [&](const Sum& sum) {
    return all.tokens() > 0 ? 100.0 * static_cast<double>(sum.tokens()) / static_cast<double>(all.tokens()) : 0.0;
  };
  if (query.json) {
    std::string out = fmt::format("{{\"by\":\"{}\",\"from\":\"{}\",\"to\":\"{}\",\"top\":[", name_of(query.by),
                                  day_text(span->from), day_text(span->to));
    std::string_view comma;
    for (const auto& row : *rows) {
      fmt::format_to(std::back_inserter(out), "{}{{\"name\":{},{},\"percent\":{:.1f}}}", comma,
                     json_quoted(names->shown(row.name)), json_figures(row.sum), share(row.sum));
      comma = ",";
    }
    context.out << out << "],\"all\":{" << json_figures(all) << "}}\n";
    return kDone;
  }
  if (rows->empty()) return nothing(context);
  std::vector<Table::Column> columns{{"#", Align::right}, {std::string(context.say("이름", "NAME")), Align::left}};
  for (Table::Column& column : figures(context)) columns.push_back(std::move(column));
  columns.push_back({"%", Align::right});
  Table table(std::move(columns));
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto& [name, sum] = (*rows)[i];
    std::vector<std::string> cells{std::to_string(i + 1), names->shown(name)};
    append_figures(cells, sum);
    cells.push_back(fmt::format("{:.1f}", share(sum)));
    table.add(std::move(cells));
  }
  table.rule();
  std::vector<std::string> cells{"", std::string(context.say("(모두)", "(all)"))};
  append_figures(cells, all);
  cells.emplace_back("100.0");
  table.add(std::move(cells));
  context.out << table.text();
  return kDone;
}

}  // namespace ktl::app
