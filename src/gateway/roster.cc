#include "gateway/roster.h"

#include <algorithm>

#include "identity/api_key.h"

namespace ktl::gateway {
namespace {

template <class Item>
const Item* find_named(const std::vector<Item>& items, std::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name_of(Source source) {
  switch (source) {
    case Source::none:
      return "none";
    case Source::standard:
      return "default";
    case Source::config:
      return "config";
    case Source::admin:
      return "admin";
  }
  return "?";
}

const SaidLimits& RosterLimits::terms() const {
  static const SaidLimits nothing;
  return said == nullptr ? nothing : *said;
}

Source RosterLimits::source_of(quota::LimitKind of) const {
  return terms().set[of] ? Source::admin : terms().configured_by[static_cast<std::size_t>(of)];
}

std::string_view RosterKey::state(WallTime now) const {
  if (revoked) return "revoked";
  if (disabled) return "disabled";
  return expires_at && *expires_at <= now ? "expired" : "active";
}

void Roster::index() {
  users_by_name_ = PlaceTable(users.size());
  for (std::size_t i = 0; i < users.size(); ++i) users_by_name_.add(PlaceTable::hash_of(users[i].name), i);
  keys_by_id_ = PlaceTable(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    keys_by_id_.add(PlaceTable::hash_of(keys[i].id()), i);
    if (const auto owner = place_of_user(keys[i].user)) users[*owner].keys.push_back(i);
  }
}

std::optional<std::size_t> Roster::place_of_user(std::string_view name) const {
  return users_by_name_.find(PlaceTable::hash_of(name), [&](std::size_t place) { return users[place].name == name; });
}

const RosterUser* Roster::user(std::string_view name) const {
  const auto place = place_of_user(name);
  return place ? &users[*place] : nullptr;
}

const RosterGroup* Roster::group(std::string_view name) const {
  return find_named(groups, name);
}

const RosterLimits* Roster::model(std::string_view alias) const {
  return find_named(models, alias);
}

const RosterKey* Roster::key(std::string_view id) const {
  const std::string_view short_id = id.substr(0, identity::kKeyIdLength);
  const auto place =
      keys_by_id_.find(PlaceTable::hash_of(short_id), [&](std::size_t candidate) { return keys[candidate].id() == short_id; });
  if (!place) return nullptr;
  const RosterKey& key = keys[*place];
  return id.size() == identity::kKeyIdLength || id == identity::hex_of(key.digest) ? &key : nullptr;
}

const RosterKey* Roster::key_of(const identity::KeyDigest& digest) const {
  return key(identity::hex_of(digest));
}

const RosterLimits* Roster::limits_of(ScopeKind kind, std::string_view name) const {
  switch (kind) {
    case ScopeKind::user: {
      const RosterUser* found = user(name);
      return found == nullptr ? nullptr : &found->limits;
    }
    case ScopeKind::group: {
      const RosterGroup* found = group(name);
      return found == nullptr ? nullptr : &found->limits;
    }
    case ScopeKind::key: {
      const RosterKey* found = key(name);
      return found == nullptr ? nullptr : &found->limits;
    }
    case ScopeKind::model:
      return model(name);
    case ScopeKind::global:
      break;
  }
  return &global;
}

}  // namespace ktl::gateway
