#include "app/cli/users_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/cli/dates.h"
#include "app/cli/open_identity.h"
#include "app/cli/open_store.h"
#include "app/cli/table.h"
#include "base/text.h"
#include "config/findings.h"

namespace ktl::app {
namespace {

using quota::LimitKind;

std::string limit_text(std::int64_t amount) {
  return amount == quota::kUnlimited ? "-" : grouped(amount);
}

// Sets the limits that `words` names. False: told.
bool apply_limits(const CommandContext& context, const std::map<std::string, std::string>& words,
                  quota::Limits& limits) {
  for (const auto& [word, text] : words) {
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
      const auto kind = static_cast<LimitKind>(i);
      if (quota::name_of(kind) != word) continue;
      std::int64_t amount = quota::kUnlimited;
      if (text != "unlimited") {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
        if (error != std::errc() || end != text.data() + text.size() || amount < 0) {
          context.err << fmt::format(
              fmt::runtime(context.say("--{}: 0 이상의 정수 또는 unlimited가 필요합니다 ('{}')\n",
                                       "--{}: a whole number from 0, or unlimited, is needed, not '{}'\n")),
              word, config::shown(text));
          return false;
        }
      }
      limits[kind] = amount;
    }
  }
  return true;
}

bool refuse_configured(const CommandContext& context, const config::Config& config, const std::string& name) {
  if (config.user(name) == nullptr) return false;
  context.err << fmt::format(fmt::runtime(context.say("사용자 '{}': 설정 파일에 있습니다. 거기에서 고치세요\n",
                                                      "user '{}' stands in the configuration; change it there\n")),
                             name);
  return true;
}

std::optional<storage::UserRow> stored_user(const CommandContext& context, const config::Config& config,
                                            storage::IdentityStore& store, const std::string& name) {
  const auto users = store.users();
  if (!users) {
    report(context, users.error());
    return std::nullopt;
  }
  std::vector<std::string> names;
  for (const auto& row : *users) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  for (const auto& user : config.users) names.push_back(user.name);
  context.err << fmt::format(fmt::runtime(context.say("'{}': 없는 사용자입니다{}\n", "there is no user '{}'{}\n")),
                             config::shown(name), config::did_you_mean(context.language, name, names));
  return std::nullopt;
}

std::string groups_of(const config::Config& config, const std::string& user) {
  std::string out;
  for (const auto& group : config.groups)
    if (std::find(group.users.begin(), group.users.end(), user) != group.users.end())
      out += (out.empty() ? "" : ", ") + group.name;
  return out;
}

struct ShownUser {
  std::string name, description, source, state;
  quota::Limits limits;
};

// Those of the configuration, then those only the store knows. nullopt: told.
std::optional<std::vector<ShownUser>> all_users(const CommandContext& context, const config::Config& config) {
  std::vector<ShownUser> out;
  for (const auto& user : config.users)
    out.push_back({user.name, user.description, std::string(context.say("설정", "config")), user.admin ? "admin" : "",
                   user.limits});
  bool failed = false;
  const auto store = open_identity_if_there(context, config, failed);
  if (failed) return std::nullopt;
  if (!store) return out;
  const auto rows = store->users();
  if (!rows) {
    report(context, rows.error());
    return std::nullopt;
  }
  for (const auto& row : *rows) {
    const std::string state(row.disabled ? context.say("중지", "disabled") : std::string_view());
    if (config.user(row.name) == nullptr)
      out.push_back({row.name, row.description, std::string(context.say("저장소", "store")), state, row.limits});
  }
  return out;
}

bool is_usable_name(std::string_view name) {
  return !name.empty() && name.size() <= 200 && is_utf8(name) && std::none_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '/';
  });
}

}  // namespace

int list_users(const CommandContext& context, const config::Config& config) {
  const auto users = all_users(context, config);
  if (!users) return kFailed;
  using Align = Table::Align;
  std::vector<Table::Column> columns = {{std::string(context.say("사용자", "USER"))},
                                        {std::string(context.say("출처", "SOURCE"))}};
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i)
    columns.push_back({std::string(quota::name_of(static_cast<LimitKind>(i))), Align::right});
  columns.push_back({std::string(context.say("그룹", "GROUPS"))});
  columns.push_back({std::string(context.say("상태", "STATE"))});
  Table table(std::move(columns));
  for (const ShownUser& user : *users) {
    std::vector<std::string> cells = {user.name, user.source};
    for (std::size_t i = 0; i < quota::kLimitKinds; ++i)
      cells.push_back(limit_text(user.limits[static_cast<LimitKind>(i)]));
    cells.push_back(groups_of(config, user.name));
    cells.push_back(user.state);
    table.add(std::move(cells));
  }
  context.out << table.text();
  return kDone;
}

int show_user(const CommandContext& context, const config::Config& config, const std::string& name) {
  const auto users = all_users(context, config);
  if (!users) return kFailed;
  const auto found =
      std::find_if(users->begin(), users->end(), [&](const ShownUser& user) { return user.name == name; });
  if (found == users->end()) {
    std::vector<std::string> names;
    for (const ShownUser& user : *users) names.push_back(user.name);
    context.err << fmt::format(fmt::runtime(context.say("'{}': 없는 사용자입니다{}\n", "there is no user '{}'{}\n")),
                               config::shown(name), config::did_you_mean(context.language, name, names));
    return kFailed;
  }
  Table table({{std::string(context.say("항목", "FIELD"))}, {std::string(context.say("값", "VALUE"))}});
  const auto row = [&](std::string_view korean, std::string_view english, const std::string& value) {
    if (!value.empty()) table.add({std::string(context.say(korean, english)), value});
  };
  row("사용자", "user", found->name);
  row("설명", "description", found->description);
  row("출처", "source", found->source);
  row("상태", "state", found->state);
  row("그룹", "groups", groups_of(config, name));
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto kind = static_cast<LimitKind>(i);
    table.add({std::string(quota::name_of(kind)), limit_text(found->limits[kind])});
  }
  context.out << table.text();
  return kDone;
}

int add_user(const CommandContext& context, const config::Config& config, const UserChange& wanted) {
  if (!is_usable_name(wanted.name)) {
    context.err << context.say("이름은 1~200바이트이고 제어 문자나 '/'가 없어야 합니다\n",
                               "a name has 1 to 200 bytes, without control characters and '/'\n");
    return kFailed;
  }
  if (refuse_configured(context, config, wanted.name)) return kFailed;
  storage::UserRow row;
  row.name = wanted.name;
  row.description = wanted.description.value_or("");
  row.limits = config.default_limits;
  row.created_at = context.clock.wall();
  if (!apply_limits(context, wanted.limits, row.limits)) return kFailed;
  const auto store = open_identity(context, config);
  if (!store) return kFailed;
  const auto users = store->users();
  if (!users) return report(context, users.error());
  if (std::any_of(users->begin(), users->end(), [&](const auto& user) { return user.name == wanted.name; })) {
    context.err << fmt::format(fmt::runtime(context.say("사용자 '{}': 이미 있습니다 (users set으로 고치세요)\n",
                                                        "user '{}' exists already (change it with `users set`)\n")),
                               wanted.name);
    return kFailed;
  }
  const auto added = store->put_user(row);
  if (!added) return report(context, added.error());
  tell_when_it_holds(context, config);
  return kDone;
}

int set_user(const CommandContext& context, const config::Config& config, const UserChange& wanted) {
  if (refuse_configured(context, config, wanted.name)) return kFailed;
  const auto store = open_identity(context, config);
  if (!store) return kFailed;
  auto row = stored_user(context, config, *store, wanted.name);
  if (!row || !apply_limits(context, wanted.limits, row->limits)) return kFailed;
  if (wanted.description) row->description = *wanted.description;
  const auto done = store->put_user(*row);
  if (!done) return report(context, done.error());
  tell_when_it_holds(context, config);
  return kDone;
}

int set_user_disabled(const CommandContext& context, const config::Config& config, const std::string& name,
                      bool disabled) {
  if (refuse_configured(context, config, name)) return kFailed;
  const auto store = open_identity(context, config);
  if (!store || !stored_user(context, config, *store, name)) return kFailed;
  const auto done = store->set_user_disabled(name, disabled);
  if (!done) return report(context, done.error());
  tell_when_it_holds(context, config);
  return kDone;
}

}  // namespace ktl::app
