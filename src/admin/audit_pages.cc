// GET /admin/audit: who changed what.
#include <algorithm>

#include "admin/desk_pages.h"
#include "admin/desk_query.h"
#include "admin/messages.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

constexpr std::int64_t kMost = 1000;

void write_entry(JsonWriter& json, const AuditEntry& entry) {
  const auto member = [&json](std::string_view name, const std::string& value) {
    json.key(name);
    if (value.empty())
      json.null();
    else
      json.raw(value);
  };
  json.begin_object().field("id", entry.id).field("at", timestamp(entry.at)).field("who", entry.who);
  json.field("action", entry.action).field("target", entry.target);
  member("before", entry.before);
  member("after", entry.after);
  json.end_object();
}

}  // namespace

Answer list_audit(Desk& desk) {
  DeskQuery query(desk);
  const std::int64_t limit = query.integer("limit", 100, 1, kMost);
  const std::string before = query.text("before"), who = query.text("who"), target = query.text("target");
  if (query.refusal()) return std::move(*query.refusal());
  std::vector<AuditEntry> found;
  std::string next = before;
  bool more = true;
  while (more && found.size() < static_cast<std::size_t>(limit)) {  // who and target leave entries out
    auto entries = desk.management.audit(next, kMost);
    if (!entries && entries.error().code == ErrorCode::invalid)
      return answer_of(invalid_value(desk.language, "before"));
    if (!entries) return answer_of(protocol::storage_unavailable(desk.language));
    more = entries->size() == static_cast<std::size_t>(kMost);
    for (AuditEntry& entry : *entries) {
      if (found.size() == static_cast<std::size_t>(limit)) {
        more = true;
        break;
      }
      next = entry.id;
      if ((!who.empty() && entry.who != who) || (!target.empty() && entry.target != target)) continue;
      found.push_back(std::move(entry));
    }
  }
  JsonWriter json;
  json.begin_object().key("entries").begin_array();
  for (const AuditEntry& entry : found) write_entry(json, entry);
  json.end_array().field("next", more ? std::optional(next) : std::nullopt).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
