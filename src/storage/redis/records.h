#pragma once
// Users, keys and bans as text, for the shared settings in Redis: fields between tabs, in a fixed order that only ever
// grows at its end, so that gateways of two versions can read each other. Pure.
//
//   user:<name>         user scope, description, seven limits, created at, disabled
//   key:<hex digest>    key scope, user scope, user, label, models (one a line), admin, created at, disabled
//   ban:<scope>         until, manual, reason
#include <optional>
#include <string>
#include <string_view>

#include "storage/identity_rows.h"

namespace ktl::storage::redis {

std::string name_of_user(std::string_view user);
std::string name_of_key(const identity::KeyDigest& digest);
std::string name_of_ban(ScopeId scope);

std::string record_of(const UserRow& user);
std::string record_of(const KeyRow& key);
std::string record_of(const BanRow& ban);

// nullopt: the name is of another kind, or the record is none of ours.
std::optional<UserRow> user_of(std::string_view name, std::string_view record);
std::optional<KeyRow> key_of(std::string_view name, std::string_view record);
std::optional<BanRow> ban_of(std::string_view name, std::string_view record);
std::optional<ScopeId> banned_scope(std::string_view name);

}  // namespace ktl::storage::redis
