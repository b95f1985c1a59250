#include "app/cli/keys_command.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/dates.h"
#include "app/cli/open_identity.h"
#include "app/cli/open_store.h"
#include "app/cli/table.h"
#include "base/text.h"
#include "config/findings.h"
#include "identity/api_key.h"

namespace ktl::app {
namespace {

using identity::KeyDigest;

constexpr std::size_t kIdLength = 12;  // hex digits shown
constexpr std::size_t kShortestId = 6;

std::string hex_of(const KeyDigest& digest) {
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string id_of(const KeyDigest& digest) {
  return hex_of(digest).substr(0, kIdLength);
}

// Puts the user into the store if only the configuration knows it. nullopt: told.
bool ensure_user(const CommandContext& context, const config::Config& config, storage::IdentityStore& store,
                 const std::string& name) {
  const auto users = store.users();
  if (!users) return report(context, users.error()) == kDone;
  if (std::any_of(users->begin(), users->end(), [&](const auto& row) { return row.name == name; })) return true;
  if (const config::User* known = config.user(name)) {
    storage::UserRow row;
    row.name = known->name;
    row.description = known->description;
    row.limits = known->limits;
    row.created_at = context.clock.wall();
    const auto added = store.put_user(row);
    return added ? true : report(context, added.error()) == kDone;
  }
  std::vector<std::string> names;
  for (const auto& row : *users) names.push_back(row.name);
  for (const auto& user : config.users) names.push_back(user.name);
  context.err << fmt::format(fmt::runtime(context.say("'{}': 없는 사용자입니다{}\n", "there is no user '{}'{}\n")),
                             config::shown(name), config::did_you_mean(context.language, name, names));
  return false;
}

bool known_models(const CommandContext& context, const config::Config& config, const std::vector<std::string>& models) {
  std::vector<std::string> names;
  for (const auto& model : config.models) names.push_back(model.alias);
  for (const std::string& model : models) {
    if (config.model(model) != nullptr) continue;
    context.err << fmt::format(fmt::runtime(context.say("'{}': 없는 모델입니다{}\n", "there is no model '{}'{}\n")),
                               config::shown(model), config::did_you_mean(context.language, model, names));
    return false;
  }
  return true;
}

// The stored key that `which` means; nullptr: told.
const storage::KeyRow* find_key(const CommandContext& context, const std::vector<storage::KeyRow>& keys,
                                const std::string& which) {
  const bool id = which.size() >= kShortestId && which.size() <= 64 &&
                  which.find_first_not_of("0123456789abcdef") == std::string::npos;
  const KeyDigest digest = identity::digest_of(which);
  const storage::KeyRow* found = nullptr;
  for (const auto& row : keys) {
    if (row.digest != digest && row.label != which && !(id && hex_of(row.digest).starts_with(which))) continue;
    if (found != nullptr) {
      context.err << context.say("여러 키가 맞습니다. keys list의 ID를 쓰세요\n",
                                 "several keys match; use an id of `keys list`\n");
      return nullptr;
    }
    found = &row;
  }
  if (found == nullptr)
    context.err << context.say("그런 키가 저장소에 없습니다 (keys list를 보세요)\n",
                               "the store has no such key (see `keys list`)\n");
  return found;
}

}  // namespace

int create_key(const CommandContext& context, const config::Config& config, const NewKey& wanted) {
  if (!known_models(context, config, wanted.models)) return kFailed;
  const auto store = open_identity(context, config);
  if (!store || !ensure_user(context, config, *store, wanted.user)) return kFailed;
  const auto key = identity::generate_api_key();
  if (!key) return report(context, key.error());
  storage::KeyRow row;
  row.digest = identity::digest_of(*key);
  row.user_name = wanted.user;
  row.label = wanted.label.empty() ? identity::masked(*key) : wanted.label;
  row.allowed_models = wanted.models;
  row.admin = wanted.admin;
  row.created_at = context.clock.wall();
  const auto added = store->add_key(row);
  if (!added) return report(context, added.error());
  context.out << *key << "\n" << std::flush;
  context.err << fmt::format(
      fmt::runtime(context.say("사용자 '{}'의 새 키입니다 (ID {}). 다시 볼 수 없으니 지금 보관하세요\n",
                               "a new key of '{}' (id {}). It is shown only this once: keep it now\n")),
      wanted.user, id_of(row.digest));
  tell_when_it_holds(context, config);
  return kDone;
}

int list_keys(const CommandContext& context, const config::Config& config) {
  bool failed = false;
  const auto store = open_identity_if_there(context, config, failed);
  if (failed) return kFailed;
  const auto title = [&](std::string_view korean, std::string_view english) {
    return Table::Column{std::string(context.say(korean, english)), Table::Align::left};
  };
  Table table({{"ID"},
               title("키/이름", "KEY/LABEL"),
               title("사용자", "USER"),
               title("출처", "SOURCE"),
               title("만든 날", "CREATED"),
               title("상태", "STATE")});
  for (const auto& key : config.api_keys)
    table.add({id_of(key.digest), key.label.empty() ? key.mask : key.label, key.user,
               std::string(context.say("설정", "config")), "",
               std::string(key.published ? context.say("공개된 데모 키", "published demo key") : "")});
  for (const auto& key : config.security.admin_keys)
    table.add({id_of(key.digest), key.mask, "", std::string(context.say("설정", "config")), "", "admin"});
  if (store) {
    const auto keys = store->keys();
    if (!keys) return report(context, keys.error());
    for (const auto& key : *keys) {
      std::string state(key.disabled ? context.say("중지", "disabled") : std::string_view());
      if (key.admin) state += state.empty() ? "admin" : " admin";
      table.add({id_of(key.digest), key.label, key.user_name, std::string(context.say("저장소", "store")),
                 date_of(key.created_at, config.rate_limiting.day_offset), state});
    }
  }
  context.out << table.text();
  return kDone;
}

int set_key_disabled(const CommandContext& context, const config::Config& config, const std::string& which,
                     bool disabled) {
  const KeyDigest digest = identity::digest_of(which);
  const bool configured = std::any_of(config.api_keys.begin(), config.api_keys.end(), [&](const auto& key) {
    return key.digest == digest || id_of(key.digest) == which || (!key.label.empty() && key.label == which);
  });
  if (configured) {
    context.err << context.say("이 키는 설정 파일에 있습니다. 거기에서 지우세요\n",
                               "this key stands in the configuration; remove it there\n");
    return kFailed;
  }
  const auto store = open_identity(context, config);
  if (!store) return kFailed;
  const auto keys = store->keys();
  if (!keys) return report(context, keys.error());
  const storage::KeyRow* key = find_key(context, *keys, which);
  if (key == nullptr) return kFailed;
  const auto done = store->set_key_disabled(key->digest, disabled);
  if (!done) return report(context, done.error());
  tell_when_it_holds(context, config);
  return kDone;
}

}  // namespace ktl::app
