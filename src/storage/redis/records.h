#pragma once
// Users, keys and bans as text, for the shared settings in Redis: fields between tabs, in a fixed order that only ever
// grows at its end, so that gateways of two versions can read each other. Pure.
//
//   user:<name>         user scope, description, seven limits, created at, disabled, models (one a line), edited
//   key:<hex digest>    key scope, user scope, user, label, models (one a line), admin, created at, disabled, revoked,
//                       mask, expires at (or empty), replaced by
//   group:<name>        description, users (one a line), created at
//   limits:<kind>:<name>  seven limits: a number, -1 for none, empty where nothing is said
//   ban:<scope>         until, manual, reason
// and an entry of the log of changes: at, who, action, target, before, after
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
std::string record_of(const GroupRow& group);
std::string record_of(const LimitsRow& limits);
std::string record_of(const AuditRow& note);
std::string name_of_group(std::string_view group);
std::string name_of_limits(ScopeKind kind, std::string_view name);

// nullopt: the name is of another kind, or the record is none of ours.
std::optional<UserRow> user_of(std::string_view name, std::string_view record);
std::optional<KeyRow> key_of(std::string_view name, std::string_view record);
std::optional<BanRow> ban_of(std::string_view name, std::string_view record);
std::optional<GroupRow> group_of(std::string_view name, std::string_view record);
std::optional<LimitsRow> limits_of(std::string_view name, std::string_view record);
std::optional<AuditRow> audit_of(std::string_view id, std::string_view record);
std::optional<ScopeId> banned_scope(std::string_view name);

}  // namespace ktl::storage::redis
