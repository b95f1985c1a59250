// GET /admin/violations: who was refused of late, by which limit or ban.
#include <algorithm>

#include "admin/desk_pages.h"
#include "admin/desk_query.h"

namespace ktl::admin {
namespace {

constexpr int kTooMany = 429, kForbidden = 403;

std::string_view word_of(const std::optional<quota::LimitKind>& limit) {
  return limit ? quota::name_of(*limit) : std::string_view("ban");
}

std::optional<std::string> if_any(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

void write_refusal(JsonWriter& json, const gateway::Refusal& refusal) {
  json.begin_object().field("at", timestamp(refusal.at)).field("request_id", refusal.request_id);
  json.field("user_id", refusal.user).field("key", refusal.key).field("model", if_any(refusal.model));
  json.field("path", refusal.path).field("status", refusal.limit ? kTooMany : kForbidden);
  json.field("kind", ktl::name_of(refusal.kind)).field("name", refusal.name).field("limit", word_of(refusal.limit));
  json.field("allowed", refusal.allowed).field("used", refusal.used).field("requested", refusal.requested);
  json.field("retry_after_ms",
             refusal.retry_after ? std::optional(refusal.retry_after->count()) : std::optional<std::int64_t>());
  json.field("never", refusal.never).end_object();
}

}  // namespace

Answer list_violations(Desk& desk) {
  DeskQuery query(desk);
  const auto limit = static_cast<std::size_t>(query.integer("limit", 100, 1, gateway::RefusalLog::kKept));
  const std::string user = query.text("user"), by = query.text("by"), kind = query.text("kind");
  if (query.refusal()) return std::move(*query.refusal());
  std::vector<gateway::Refusal> found;
  gateway::RefusalLog::Counts counts{};
  if (desk.accounting != nullptr) {
    found = desk.accounting->refusals().latest();
    counts = desk.accounting->refusals().counts();
  }
  std::erase_if(found, [&](const gateway::Refusal& one) {
    return (!user.empty() && one.user != user) || (!by.empty() && word_of(one.limit) != by) ||
           (!kind.empty() && ktl::name_of(one.kind) != kind);
  });
  if (found.size() > limit) found.resize(limit);

  JsonWriter json;
  json.begin_object().field("count", found.size()).key("violations").begin_array();
  for (const gateway::Refusal& refusal : found) write_refusal(json, refusal);
  json.end_array().key("by_limit").begin_object();
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const bool ban = i == quota::kLimitKinds;
    json.field(word_of(ban ? std::nullopt : std::optional(static_cast<quota::LimitKind>(i))), counts[i]);
    total += counts[i];
  }
  json.end_object().field("total", total).field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
