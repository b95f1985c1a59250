// GET /admin/series: the past in figures, for charts.
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "admin/messages.h"
#include "admin/pages.h"
#include "admin/query.h"

namespace ktl::admin {
namespace {

constexpr std::size_t kMaxNames = 16;
constexpr std::int64_t kMaxPoints = 10'000;
constexpr std::int64_t kGoodPoints = 1'500;  // where the asker leaves the step to us
constexpr Millis kHour{3'600'000};
constexpr std::int64_t kLastInstant = 253'402'300'799'000;  // of the year 9999

std::optional<std::int64_t> integer_of(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Milliseconds since the epoch; negative: before `now`.
std::optional<WallTime> instant_of(std::string_view text, WallTime now) {
  const auto number = integer_of(text);
  if (!number || *number > kLastInstant || *number < -kLastInstant) return std::nullopt;
  return *number < 0 ? now + Millis(*number) : WallTime(Millis(*number));
}

bool is_step(Millis step) {
  if (step == series::kSeconds.step) return true;
  return std::any_of(series::kTiers.begin(), series::kTiers.end(), [&](const auto& tier) { return tier.step == step; });
}

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> names;
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) names.emplace_back(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return names;
}

// What is asked for, or the name of the parameter that is wrong.
struct Asked {
  series::Query query;
  std::string_view wrong;
};

Asked read_query(const Query& given, WallTime now) {
  Asked asked;
  series::Query& query = asked.query;
  query.names = split(given.get("name").value_or(""));
  if (query.names.size() > kMaxNames) return {{}, "name"};
  const auto to = given.get("to") ? instant_of(*given.get("to"), now) : now;
  if (!to) return {{}, "to"};
  const auto from = given.get("from") ? instant_of(*given.get("from"), now) : *to - kHour;
  if (!from || *from > *to) return {{}, "from"};
  query.from = *from;
  query.to = *to;
  const auto step = integer_of(given.get("step").value_or("0"));
  if (!step || *step < 0 || *step > kHour.count()) return {{}, "step"};
  query.step = *step == 0 ? series::choose_step(*from, *to, now, kGoodPoints) : Millis(*step * 1'000);
  if (!is_step(query.step)) return {{}, "step"};
  if ((query.to - query.from) / query.step > kMaxPoints) return {{}, *step == 0 ? "from" : "step"};
  return asked;
}

void write_number(JsonWriter& json, const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) {
    json.null();
  } else {
    json.raw(fmt::format("{:.6g}", *value));
  }
}

Answer table_of(const series::Table& table) {
  JsonWriter json;
  const std::int64_t from = table.from.time_since_epoch().count();
  const std::int64_t step = table.step.count();
  const auto rows = static_cast<std::int64_t>(table.rows);
  json.begin_object().field("from_ms", from).field("to_ms", from + rows * step).field("step_ms", step);
  json.key("t_ms").begin_array();
  for (std::int64_t row = 0; row < rows; ++row) json.value(from + row * step);
  json.end_array().key("seconds").begin_array();
  for (const double seconds : table.seconds) write_number(json, seconds);
  json.end_array().key("series").begin_object();
  for (const series::Column& column : table.columns) {
    json.key(column.name).begin_object().field("unit", series::name_of(column.unit)).key("values").begin_array();
    for (const auto& value : column.values) write_number(json, value);
    json.end_array().end_object();
  }
  json.end_object().key("unknown").begin_array();
  for (const std::string& name : table.unknown) json.value(name);
  json.end_array().end_object();
  return answer_of(json);
}

Answer list_of(const std::vector<series::Named>& names) {
  constexpr std::string_view kKinds[] = {"sum", "level", "spread"};
  JsonWriter json;
  json.begin_object().key("names").begin_array();
  for (const series::Named& named : names) {
    json.begin_object().field("name", named.name).field("unit", series::name_of(named.unit));
    json.field("kind", kKinds[std::min<std::size_t>(named.kind, 2)]).end_object();
  }
  json.end_array().key("steps").begin_array();
  const auto write_tier = [&json](const series::Tier& tier) {
    json.begin_object().field("step_ms", tier.step.count()).field("keeps_ms", tier.keeps.count()).end_object();
  };
  write_tier(series::kSeconds);
  for (const series::Tier& tier : series::kTiers) write_tier(tier);
  json.end_array().end_object();
  return answer_of(json);
}

}  // namespace

net::Task<Answer> series_page(Page& page) {
  const auto given = Query::parse(page.head.query);
  if (!given) co_return answer_of(invalid_query(page.language));
  series::History& history = page.state.services.history;
  const WallTime now = page.gateway().clock.wall();
  const Asked asked = read_query(*given, now);
  if (!asked.wrong.empty()) co_return answer_of(invalid_value(page.language, asked.wrong));
  if (asked.query.names.empty()) co_return list_of(history.names());
  std::optional<Answer> answer;
  const auto work = [&] {
    const auto table = history.read(asked.query, now);
    answer = table ? table_of(*table) : answer_of(history_unavailable(page.language), "retry-after: 5\r\n");
  };
  co_await page.gateway().offload.run(page.on.loop, work);
  co_return std::move(*answer);
}

}  // namespace ktl::admin
