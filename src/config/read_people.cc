// The sections about who may ask: users, api_keys, groups.
#include <algorithm>

#include "config/draft.h"
#include "config/fields.h"
#include "identity/api_key.h"
#include "identity/names.h"

namespace ktl::config {
namespace {

bool check_name(const Node::Entry& entry, Findings& findings) {
  if (identity::is_owner_name(entry.key)) return true;
  findings.add(entry.key_at, "이름은 1~200바이트이고 제어 문자나 '/'가 없어야 합니다",
               "a name has 1 to 200 bytes, without control characters and '/'");
  return false;
}

void name_users(const Node& list, std::vector<Reference>& out) {
  for (const Node& item : list.items)
    if (item.kind == Node::Kind::scalar) out.push_back({item.text, item.at});
}

void read_allowed_models(Fields& fields, std::vector<std::string>& out, Draft& draft) {
  fields.texts("models", out);
  const Node* node = fields.child("models");
  if (node == nullptr) return;
  if (node->kind == Node::Kind::scalar) draft.models_named.push_back({node->text, node->at});
  for (const Node& item : node->items)
    if (item.kind == Node::Kind::scalar) draft.models_named.push_back({item.text, item.at});
}

void add_key(const std::string& spec_text, const Place& at, ApiKey key, Draft& draft, Findings& findings) {
  const auto spec = identity::parse_key_spec(spec_text);
  if (!spec) {
    findings.add(at, "키로 쓸 수 없습니다 (8자 이상의 ASCII 문자, 또는 sha256:<64자리 16진수>). 형식은 \"키\": 사용자",
                 "not usable as a key (at least 8 visible ASCII characters, or sha256:<64 hex digits>); the form is "
                 "\"key\": user");
    return;
  }
  key.digest = spec->digest;
  key.mask = spec->mask;
  key.published = identity::is_published_demo_key(spec->digest);
  draft.config.api_keys.push_back(std::move(key));
  draft.key_places.push_back(at);
}

// Limits may stand in the entry itself or under `limits:`, but each word only once. Gives those that are said.
std::vector<quota::LimitKind> read_own_limits(Fields& fields, quota::Limits& limits, Findings& findings) {
  auto direct = fields.limits(limits);
  const Node* node = fields.map("limits");
  if (node == nullptr) return direct;
  Fields inner(*node, findings);
  const auto nested = inner.limits(limits);
  inner.finish();
  for (const quota::LimitKind kind : nested)
    if (std::find(direct.begin(), direct.end(), kind) != direct.end())
      findings.add(node->at, "{}: 두 곳에 쓰였습니다 (항목과 limits 아래)", "{}: said twice, directly and under limits",
                   quota::name_of(kind));
  direct.insert(direct.end(), nested.begin(), nested.end());
  return direct;
}

void read_user(const Node::Entry& entry, Draft& draft, Findings& findings) {
  if (!check_name(entry, findings)) return;
  User user;
  user.name = entry.key;
  user.limits = draft.config.default_limits;
  Fields fields(entry.value, findings);
  fields.text("description", user.description);
  fields.flag("admin", user.admin);
  read_allowed_models(fields, user.models, draft);
  user.own_limits = read_own_limits(fields, user.limits, findings);
  if (const Node* keys = fields.list("api_keys")) {
    for (const Node& item : keys->items) {
      ApiKey key;
      key.user = user.name;
      add_key(item.text, item.at, std::move(key), draft, findings);
    }
  }
  fields.finish();
  draft.config.users.push_back(std::move(user));
}

void read_key(const Node::Entry& entry, Draft& draft, Findings& findings) {
  ApiKey key;
  if (entry.value.kind == Node::Kind::scalar) {
    key.user = entry.value.text;
    draft.users_named.push_back({key.user, entry.value.at});
  } else {
    Fields fields(entry.value, findings);
    fields.text("user", key.user, false);
    fields.text("label", key.label);
    read_allowed_models(fields, key.models, draft);
    read_own_limits(fields, key.limits, findings);
    const Node* user = fields.child("user");
    fields.finish();
    if (user == nullptr) {
      findings.add(entry.key_at, "api_keys: 키의 사용자가 필요합니다 (\"키\": 사용자)",
                   "api_keys: a key needs its user (\"key\": user)");
      return;
    }
    draft.users_named.push_back({key.user, user->at});
  }
  add_key(entry.key, entry.key_at, std::move(key), draft, findings);
}

void read_group(const Node::Entry& entry, Draft& draft, Findings& findings) {
  if (!check_name(entry, findings)) return;
  Group group;
  group.name = entry.key;
  Fields fields(entry.value, findings);
  fields.text("description", group.description);
  fields.texts("users", group.users);
  if (const Node* users = fields.child("users")) {
    if (users->kind == Node::Kind::scalar) draft.users_named.push_back({users->text, users->at});
    name_users(*users, draft.users_named);
    for (std::size_t i = 0; i < group.users.size(); ++i)
      if (std::find(group.users.begin(), group.users.begin() + static_cast<std::ptrdiff_t>(i), group.users[i]) !=
          group.users.begin() + static_cast<std::ptrdiff_t>(i))
        findings.add(users->at, "users: '{}'이(가) 두 번 쓰였습니다", "users: '{}' is in the group twice",
                     shown(group.users[i]));
  }
  read_own_limits(fields, group.limits, findings);
  fields.finish();
  draft.config.groups.push_back(std::move(group));
}

}  // namespace

void read_people(const Node& root, Draft& draft, Findings& findings) {
  const auto each = [&](const std::string& name, auto read) {
    const Node& node = section(root, name);
    Fields fields(node, findings);  // reports what is no map
    for (const Node::Entry& entry : node.entries) read(entry, draft, findings);
  };
  each("users", read_user);
  each("api_keys", read_key);
  each("groups", read_group);
}

}  // namespace ktl::config
