// /admin/keys: making, changing, rotating and revoking API keys. A key itself is told once, to whoever makes it.
#include <algorithm>

#include "admin/desk_pages.h"
#include "admin/desk_query.h"
#include "admin/etag.h"
#include "admin/messages.h"
#include "admin/order.h"
#include "admin/people_json.h"
#include "identity/api_key.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

constexpr std::size_t kLongestLabel = 200;
constexpr std::int64_t kMostKeys = 1000;  // on a page
constexpr std::int64_t kLongestLife = 10LL * 366 * 24 * 3600;
constexpr std::int64_t kLongestOverlap = 30LL * 24 * 3600;  // seconds
constexpr std::int64_t kUsualOverlap = 3600;

// `secret`: the key itself, of one that was just made.
Answer answer_with(const Desk& desk, const gateway::Roster& people, const gateway::RosterKey& key,
                   std::string_view secret = {}, std::string_view replaces = {}) {
  JsonWriter json;
  json.begin_object();
  write_key(json, {people, desk.accounting, desk.now}, key);
  if (!secret.empty()) json.field("key", secret);
  if (!replaces.empty()) json.field("replaces", replaces);
  json.end_object();
  Answer answer = answer_of(json, secret.empty() ? 200 : 201);
  answer.header_lines = "etag: " + etag_of(settable(key)) + "\r\n";
  if (!secret.empty()) answer.header_lines += "location: /admin/keys/" + key.id() + "\r\n";
  return answer;
}

Answer not_there(const Desk& desk) {
  return answer_of(protocol::not_found(desk.language, desk.name));
}

bool all_models(const gateway::Roster& people, const std::vector<std::string>& models) {
  return std::all_of(models.begin(), models.end(),
                     [&](const std::string& name) { return people.model(name) != nullptr; });
}

std::string target_of(const gateway::RosterKey& key) {
  return "key:" + key.id() + " (" + key.user + ")";
}

// The answer about one key, after a change.
// `replaces` is read after the decision.
Answer finish(Desk& desk, std::string_view id, const Management::Decide& decide, std::string_view secret = {},
              const std::string& replaces = {}) {
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  const auto& people = *std::get<std::shared_ptr<const gateway::Roster>>(changed);
  const gateway::RosterKey* key = people.key(id);
  return key == nullptr ? not_there(desk) : answer_with(desk, people, *key, secret, replaces);
}

// A new key and the words for it.
std::optional<std::pair<std::string, gateway::RosterKey>> make_key() {
  auto secret = identity::generate_api_key();
  if (!secret) return std::nullopt;
  gateway::RosterKey key;
  key.digest = identity::digest_of(*secret);
  key.mask = identity::masked(*secret);
  key.limits.name = identity::key_id(key.digest);
  return std::pair(std::move(*secret), std::move(key));
}

}  // namespace

Answer list_keys(Desk& desk) {
  DeskQuery query(desk);
  const auto offset = static_cast<std::size_t>(query.integer("offset", 0, 0, 100'000'000));
  const auto limit = static_cast<std::size_t>(query.integer("limit", 100, 1, kMostKeys));
  const std::string user = query.text("user"), state = query.text("state");
  if (query.refusal()) return std::move(*query.refusal());
  const auto people = desk.management.roster();
  std::vector<const gateway::RosterKey*> found;
  for (const gateway::RosterKey& key : people->keys)
    if ((user.empty() || key.user == user) && (state.empty() || key.state(desk.now) == state)) found.push_back(&key);
  const std::size_t begin = std::min(offset, found.size()), end = std::min(begin + limit, found.size());
  JsonWriter json;
  json.begin_object().field("count", end - begin).field("total", found.size()).field("offset", begin);
  json.key("keys").begin_array();
  for (std::size_t i = begin; i < end; ++i) {
    json.begin_object();
    write_key(json, {*people, desk.accounting, desk.now}, *found[i]);
    json.end_object();
  }
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

Answer show_key(Desk& desk) {
  const auto people = desk.management.roster();
  const gateway::RosterKey* key = people->key(desk.name);
  return key == nullptr ? not_there(desk) : answer_with(desk, *people, *key);
}

Answer create_key(Desk& desk) {
  Order order(desk, {"user", "label", "models", "admin", "expires_at", "expires_in_seconds"});
  const std::string user = order.required_text("user", kLongestLabel).value_or("");
  const auto label = order.text("label", kLongestLabel);
  const auto models = order.texts("models");
  const bool admin = order.flag("admin").value_or(false);
  auto expires_at = order.instant("expires_at");
  if (const auto seconds = order.integer("expires_in_seconds", 1, kLongestLife))
    expires_at = desk.now + std::chrono::seconds(*seconds);
  if (!order.refusal() && expires_at && *expires_at <= desk.now) order.refuse("expires_at");
  if (order.refusal()) return std::move(*order.refusal());
  auto made = make_key();
  if (!made) return answer_of(protocol::internal_error(desk.language));
  const auto& secret = made->first;
  auto& key = made->second;
  key.user = user;
  key.label = label.value_or("");
  key.models = models.value_or(key.models);
  key.admin = admin;
  key.expires_at = expires_at;

  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    if (people.user(user) == nullptr) return answer_of(protocol::not_found(desk.language, user));
    if (!all_models(people, key.models)) return answer_of(invalid_value(desk.language, "models"));
    Change change{.edits = {}, .action = "key.create", .target = target_of(key), .after = settable(key)};
    change.edits.emplace_back(key);
    return change;
  };
  return finish(desk, key.id(), decide, secret);
}

Answer change_key(Desk& desk) {
  Order order(desk, {"label", "models", "disabled", "expires_at"});
  const auto label = order.text("label", kLongestLabel);
  const auto models = order.texts("models");
  const auto disabled = order.flag("disabled");
  const auto expires_at = order.instant("expires_at");
  if (order.refusal()) return std::move(*order.refusal());
  const bool never_expires = order.says_null("expires_at");
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterKey* key = people.key(desk.name);
    if (key == nullptr) return not_there(desk);
    if (!matches(desk.if_match, etag_of(settable(*key)))) return answer_of(precondition_failed(desk.language));
    if (key->revoked) return answer_of(key_is_revoked(desk.language));
    gateway::RosterKey changed = *key;
    changed.label = label.value_or(changed.label);
    changed.models = models.value_or(changed.models);
    changed.disabled = disabled.value_or(changed.disabled);
    if (expires_at || never_expires) changed.expires_at = expires_at;
    if (!all_models(people, changed.models)) return answer_of(invalid_value(desk.language, "models"));
    Change change{.edits = {}, .action = "key.change", .target = target_of(*key)};
    change.before = settable(*key);
    change.after = settable(changed);
    if (change.before == change.after) return Change{};
    change.edits.emplace_back(std::move(changed));
    return change;
  };
  return finish(desk, desk.name, decide);
}

// The new key may what the old one may; the old one goes on for a while, so that its users can be told.
Answer rotate_key(Desk& desk) {
  Order order(desk, {"overlap_seconds"});
  const auto overlap =
      std::chrono::seconds(order.integer("overlap_seconds", 0, kLongestOverlap).value_or(kUsualOverlap));
  if (order.refusal()) return std::move(*order.refusal());
  auto made = make_key();
  if (!made) return answer_of(protocol::internal_error(desk.language));
  const auto& secret = made->first;
  auto& fresh = made->second;
  std::string replaced;
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterKey* key = people.key(desk.name);
    if (key == nullptr) return not_there(desk);
    if (!matches(desk.if_match, etag_of(settable(*key)))) return answer_of(precondition_failed(desk.language));
    if (key->state(desk.now) != "active") return answer_of(key_is_revoked(desk.language));
    replaced = key->id();
    fresh.user = key->user;
    fresh.label = key->label;
    fresh.models = key->models;
    fresh.admin = key->admin;
    gateway::RosterKey old = *key;
    const WallTime end = desk.now + overlap;
    old.expires_at = old.expires_at ? std::min(*old.expires_at, end) : end;
    old.replaced_by = fresh.id();
    Change change{.edits = {}, .action = "key.rotate", .target = target_of(*key)};
    change.before = settable(old);
    change.after = settable(fresh);
    const std::string hex = identity::hex_of(fresh.digest);
    change.edits.emplace_back(std::move(old));
    change.edits.emplace_back(fresh);
    change.edits.emplace_back(SetLimits{ScopeKind::key, hex, key->limits.terms().set});
    return change;
  };
  return finish(desk, fresh.id(), decide, secret, replaced);
}

Answer revoke_key(Desk& desk) {
  std::string id;
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const gateway::RosterKey* key = people.key(desk.name);
    if (key == nullptr) return not_there(desk);
    if (!matches(desk.if_match, etag_of(settable(*key)))) return answer_of(precondition_failed(desk.language));
    id = key->id();
    if (key->revoked) return Change{};
    gateway::RosterKey revoked = *key;
    revoked.revoked = true;
    Change change{.edits = {}, .action = "key.revoke", .target = target_of(*key), .before = settable(*key)};
    change.edits.emplace_back(std::move(revoked));
    return change;
  };
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  JsonWriter json;
  json.begin_object().field("id", id).field("revoked", true).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
