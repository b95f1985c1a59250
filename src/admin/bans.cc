// /admin/bans: who is shut out, and doing and undoing it by hand.
#include <charconv>
#include <variant>

#include "admin/json_object.h"
#include "admin/messages.h"
#include "admin/pages.h"
#include "admin/scopes.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

constexpr std::int64_t kLongestBan = 10LL * 366 * 24 * 3600;  // seconds

void write_ban(JsonWriter& json, const quota::Ban& ban, const std::vector<NamedScope>& scopes) {
  json.begin_object().field("scope", static_cast<std::uint32_t>(ban.scope));
  const NamedScope* named = nullptr;
  for (const NamedScope& scope : scopes)
    if (scope.scope == ban.scope) named = &scope;
  json.field("kind", named == nullptr ? std::nullopt : std::optional(ktl::name_of(named->kind)));
  json.field("name", named == nullptr ? std::nullopt : std::optional(named->name));
  json.field("until", ban.until ? std::optional(timestamp(*ban.until)) : std::nullopt);
  json.field("manual", ban.manual).field("reason", ban.reason).end_object();
}

// The scope with that name; or the reason why it cannot be told.
std::variant<NamedScope, Answer> named(const Page& page, ScopeKind kind, std::string_view name) {
  const NamedScope* found = nullptr;
  const std::vector<NamedScope> scopes = named_scopes(*page.catalogue);
  for (const NamedScope& scope : scopes) {
    if (scope.kind != kind || scope.name != name) continue;
    if (found != nullptr) return answer_of(ambiguous_name(page.language, ktl::name_of(kind)));
    found = &scope;
  }
  if (found == nullptr) return answer_of(protocol::not_found(page.language, name));
  return *found;
}

// Bans are asked for before a request's model is known, so models cannot be banned.
std::variant<NamedScope, Answer> numbered(const Page& page, std::int64_t number) {
  for (const NamedScope& scope : named_scopes(*page.catalogue))
    if (static_cast<std::int64_t>(scope.scope) == number && scope.kind != ScopeKind::model) return scope;
  return answer_of(protocol::not_found(page.language, "scope " + std::to_string(number)));
}

std::variant<NamedScope, Answer> target_of(const Page& page, const JsonObject& order) {
  if (const auto* user = order.text("user")) return named(page, ScopeKind::user, *user);
  if (const auto* group = order.text("group")) return named(page, ScopeKind::group, *group);
  if (const auto* key = order.text("key_name")) return named(page, ScopeKind::key, *key);
  if (const auto number = order.integer("scope")) return numbered(page, *number);
  return answer_of(missing_value(page.language, "user"));
}

}  // namespace

Answer list_bans(Page& page) {
  const std::vector<NamedScope> scopes = named_scopes(*page.catalogue);
  JsonWriter json;
  json.begin_object().key("bans").begin_array();
  for (const quota::Ban& ban : page.gateway().accounting.bans()) write_ban(json, ban, scopes);
  json.end_array().field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  return answer_of(json);
}

Answer add_ban(Page& page) {
  const auto order = JsonObject::parse(page.body);
  if (!order) return answer_of(invalid_body(page.language));
  auto target = target_of(page, *order);
  if (auto* refusal = std::get_if<Answer>(&target)) return std::move(*refusal);
  const NamedScope& scope = std::get<NamedScope>(target);

  quota::Ban ban;
  ban.scope = scope.scope;
  ban.manual = true;
  if (order->has("duration_seconds") && !order->is_null("duration_seconds")) {
    const auto seconds = order->integer("duration_seconds");
    if (!seconds || *seconds < 1 || *seconds > kLongestBan)
      return answer_of(invalid_value(page.language, "duration_seconds"));
    ban.until = page.gateway().clock.wall() + std::chrono::seconds(*seconds);
  }
  if (const auto* reason = order->text("reason")) ban.reason = *reason;
  page.gateway().accounting.ban(ban.scope, ban.until, ban.reason);
  page.gateway().log.info("banned by an admin",
                          {{"kind", ktl::name_of(scope.kind)}, {"name", scope.name}, {"reason", ban.reason}});

  JsonWriter json;
  write_ban(json, ban, {scope});
  return answer_of(json, 201);
}

// {scope} is the scope's number, as the list shows it.
Answer lift_ban(Page& page) {
  std::uint32_t number = 0;
  const char* end = page.rest.data() + page.rest.size();
  const auto read = std::from_chars(page.rest.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !page.gateway().accounting.unban(ScopeId{number}))
    return answer_of(protocol::not_found(page.language, page.rest));
  page.gateway().log.info("ban lifted by an admin",
                          {{"scope", number}, {"name", page.catalogue->name_of(ScopeId{number})}});
  JsonWriter json;
  json.begin_object().field("scope", number).field("lifted", true).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
