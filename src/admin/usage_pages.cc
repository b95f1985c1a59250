// GET /admin/usage/series and /admin/usage/top: what was used, in hours or days, and by whom most. GET /admin/config.
#include <charconv>

#include "admin/desk_pages.h"
#include "admin/desk_query.h"
#include "admin/messages.h"
#include "admin/order.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

constexpr std::int64_t kMostDays = 366, kMostHourDays = 2;

// "7d": the last seven days, or the last seven times 24 hours; "2026-11-23": from that day on.
std::optional<WallTime> parse_since(std::string_view text, const UsageQuestion& question, Millis offset) {
  std::int64_t days = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (problem == std::errc() && text.ends_with('d') && end + 1 == text.data() + text.size() && days >= 1 &&
      days <= kMostDays)
    return question.to - std::chrono::hours(24 * (question.hourly ? days : days - 1));
  const auto day = parse_timestamp(std::string(text) + "T00:00:00Z");
  if (!day || *day - offset > question.to) return std::nullopt;
  return *day - offset;
}

// What both pages ask: by, since. False: refused.
bool read_question(Desk& desk, DeskQuery& query, UsageQuestion& question) {
  const std::string by = query.text("by"), since = query.text("since");
  const auto kind = scope_kind_named(by.empty() ? "user" : by);
  if (!kind) query.refuse("by");
  question.kind = kind.value_or(ScopeKind::user);
  question.to = desk.now;
  const auto from = parse_since(since.empty() ? "1d" : since, question, desk.management.day_offset());
  if (!from) query.refuse("since");
  question.from = from.value_or(desk.now);
  const std::int64_t most = question.hourly ? kMostHourDays : kMostDays;
  if (question.to - question.from > std::chrono::hours(24 * most)) query.refuse("since");
  return !query.refusal();
}

void write_sums(JsonWriter& json, const UsageRow& row) {
  json.field("requests", row.requests).field("prompt_tokens", row.prompt_tokens);
  json.field("completion_tokens", row.completion_tokens).field("total_tokens", row.tokens);
}

Answer refuse(const Desk& desk, const Error& error) {
  if (error.code == ErrorCode::too_large) return answer_of(invalid_value(desk.language, "since"));
  return answer_of(protocol::storage_unavailable(desk.language), "retry-after: 2\r\n");
}

}  // namespace

Answer usage_series(Desk& desk) {
  DeskQuery query(desk);
  UsageQuestion question;
  const std::string bucket = query.text("bucket"), name = query.text("name");
  if (!bucket.empty() && bucket != "hour" && bucket != "day") query.refuse("bucket");
  question.hourly = bucket == "hour";
  if (!read_question(desk, query, question)) return std::move(*query.refusal());
  const auto people = desk.management.roster();
  const gateway::RosterLimits* of = people->limits_of(question.kind, name);
  if (of == nullptr) return answer_of(protocol::not_found(desk.language, name));
  question.of = *of;
  const auto rows = desk.management.usage(question);
  if (!rows) return refuse(desk, rows.error());
  JsonWriter json;
  json.begin_object().field("by", ktl::name_of(question.kind)).field("name", of->name);
  json.field("bucket", question.hourly ? "hour" : "day").key("rows").begin_array();
  for (const UsageRow& row : *rows) {
    json.begin_object().field("at", timestamp(row.at));
    write_sums(json, row);
    json.end_object();
  }
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

Answer usage_top(Desk& desk) {
  DeskQuery query(desk);
  UsageQuestion question;
  question.most = static_cast<std::size_t>(query.integer("limit", 10, 1, 1000));
  if (!read_question(desk, query, question)) return std::move(*query.refusal());
  const auto rows = desk.management.usage(question);
  if (!rows) return refuse(desk, rows.error());
  const auto people = desk.management.roster();
  JsonWriter json;
  json.begin_object().field("by", ktl::name_of(question.kind)).field("from", timestamp(question.from));
  json.field("to", timestamp(question.to)).key("rows").begin_array();
  for (const UsageRow& row : *rows) {
    const gateway::RosterKey* key = question.kind == ScopeKind::key ? people->key(row.name) : nullptr;
    json.begin_object().field("name", key == nullptr ? row.name : key->shown());
    write_sums(json, row);
    json.end_object();
  }
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
