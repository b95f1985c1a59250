#include "app/cli/people_line.h"

#include "quota/limits.h"

namespace ktl::app {

void PeopleLine::describe(CLI::App& parent) {
  describe_users(parent);
  describe_keys(parent);
  describe_groups(parent);
  describe_limits(parent);
  describe_bans(parent);
  describe_audit(parent);
}

CLI::App& PeopleLine::group_of(CLI::App& parent, const std::string& name, std::string_view korean,
                               std::string_view english) {
  CLI::App* made = parent.add_subcommand(name, text(korean, english));
  made->fallthrough(false);
  made->require_subcommand(1);
  return *made;
}

CLI::App& PeopleLine::verb(CLI::App& parent, const std::string& name, std::string_view korean, std::string_view english,
                           Run run) {
  CLI::App& made = make_(parent, name, korean, english, [this, run = std::move(run)](const config::Config& config) {
    PeopleCommand command(context_, config, options_);
    return run(command);
  });
  made.add_flag("--json", options_.json, text("JSON으로 출력", "print JSON"));
  made.add_option("--url", options_.url,
                  text("저장소 대신 이 게이트웨이의 관리 API로 (http://주소:포트, 키는 KTL_ADMIN_KEY)",
                       "over this gateway's admin API instead of the store (http://host:port, key in KTL_ADMIN_KEY)"));
  return made;
}

void PeopleLine::name_of_user(CLI::App& command) {
  command.add_option("user", name_, text("사용자", "the user"))->required();
}

void PeopleLine::name_of_key(CLI::App& command) {
  command.add_option("key", name_, text("ID, 이름표 또는 키", "its id, label, or the key itself"))->required();
}

void PeopleLine::list_option(CLI::App& command, const std::string& name, std::vector<std::string>& into,
                             std::string_view korean, std::string_view english) {
  command.add_option(name, into, text(korean, english) + text(" (여러 번 가능)", "; may be repeated"))
      ->allow_extra_args(false);
}

void PeopleLine::limit_options(CLI::App& command) {
  static constexpr std::pair<std::string_view, std::string_view> meaning[quota::kLimitKinds] = {
      {"요청/분", "requests a minute"},   {"요청/시간", "requests an hour"}, {"요청/일", "requests a day"},
      {"토큰/분", "tokens a minute"},     {"토큰/시간", "tokens an hour"},   {"토큰/일", "tokens a day"},
      {"동시 요청", "requests in flight"}};
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const std::string word(quota::name_of(static_cast<quota::LimitKind>(i)));
    command.add_option(
        "--" + word, limits_[word],
        text(meaning[i].first, meaning[i].second) + text(", unlimited 또는 unset", ", unlimited or unset"));
  }
}

void PeopleLine::scope_options(CLI::App& command, bool models_too) {
  command.add_option("-u,--user", scope_.user, text("사용자", "a user"));
  command.add_option("-g,--group", scope_.group, text("그룹", "a group"));
  command.add_option("-k,--key", scope_.key, text("키 (ID, 이름표 또는 키)", "a key (its id, label, or itself)"));
  if (!models_too) return;
  command.add_option("-m,--model", scope_.model, text("모델", "a model"));
  command.add_flag("--global", scope_.global, text("모두 합쳐서", "everybody together"));
}

void PeopleLine::describe_users(CLI::App& parent) {
  CLI::App& users = group_of(parent, "users", "사용자", "users");
  verb(users, "list", "사용자 목록", "list the users", [](PeopleCommand& command) { return command.list_users(); });
  name_of_user(verb(users, "show", "한 사용자", "show one user",
                    [this](PeopleCommand& command) { return command.show_user(name_); }));
  for (const bool add : {true, false}) {
    CLI::App& made = verb(users, add ? "add" : "set", add ? "사용자 추가" : "사용자 변경",
                          add ? "add a user" : "change a user", [this, add](PeopleCommand& command) {
                            user_.name = name_;
                            user_.limits = limits_;
                            return add ? command.add_user(user_) : command.set_user(user_);
                          });
    name_of_user(made);
    made.add_option("--description", user_.description, text("설명", "a description"));
    list_option(made, "--group", user_.groups, "그룹", "a group of the user");
    list_option(made, "--model", user_.models, "허용할 모델", "an allowed model");
    limit_options(made);
  }
  for (const bool disabled : {true, false})
    name_of_user(verb(users, disabled ? "disable" : "enable", disabled ? "사용자 중지" : "사용자 재개",
                      disabled ? "stop serving a user" : "serve a user again",
                      [this, disabled](PeopleCommand& command) { return command.disable_user(name_, disabled); }));
  name_of_user(verb(users, "remove", "사용자와 키 삭제 (설정 파일의 사용자: 관리자가 바꾼 것만 되돌림)",
                    "remove a user and the keys (of the configuration: undo what an admin changed)",
                    [this](PeopleCommand& command) { return command.remove_user(name_); }));
}

void PeopleLine::describe_keys(CLI::App& parent) {
  CLI::App& keys = group_of(parent, "keys", "API 키", "API keys");
  CLI::App& create = verb(keys, "create", "새 키를 만들어 한 번 출력", "create a key and print it, once",
                          [this](PeopleCommand& command) { return command.create_key(key_); });
  create.add_option("-u,--user", key_.user, text("사용자", "its user"))->required();
  create.add_option("--label", key_.label, text("이름표", "a name for it"));
  list_option(create, "--model", key_.models, "허용할 모델", "an allowed model");
  create.add_flag("--admin", key_.admin, text("관리자 키", "an admin key"));
  create.add_option("--expires", key_.lifetime,
                    text("유효 기간: 30d, 12h (기본: 무기한)", "its life: 30d, 12h (default: for ever)"));
  CLI::App& list = verb(keys, "list", "키 목록 (가려서 표시)", "list the keys, masked",
                        [this](PeopleCommand& command) { return command.list_keys(name_); });
  list.add_option("-u,--user", name_, text("이 사용자의 것만", "of this user only"));
  for (const bool disabled : {true, false})
    name_of_key(verb(keys, disabled ? "disable" : "enable", disabled ? "키 중지" : "키 재개",
                     disabled ? "stop accepting a key" : "accept a key again",
                     [this, disabled](PeopleCommand& command) { return command.disable_key(name_, disabled); }));
  name_of_key(verb(keys, "revoke", "키 폐기 (되살릴 수 없음)", "revoke a key, for ever",
                   [this](PeopleCommand& command) { return command.revoke_key(name_); }));
  CLI::App& rotate = verb(keys, "rotate", "새 키로 교체 (이전 키는 겹침 기간 뒤에 끝남)",
                          "replace a key; the old one ends after the overlap",
                          [this](PeopleCommand& command) { return command.rotate_key(name_, overlap_); });
  name_of_key(rotate);
  rotate.add_option("--overlap", overlap_, text("겹침 기간", "how long both are accepted"))->capture_default_str();
}

void PeopleLine::describe_groups(CLI::App& parent) {
  CLI::App& groups = group_of(parent, "groups", "그룹", "groups");
  verb(groups, "list", "그룹 목록", "list the groups", [](PeopleCommand& command) { return command.list_groups(); });
  const auto name = [this](CLI::App& command) {
    command.add_option("group", name_, text("그룹", "the group"))->required();
  };
  CLI::App& add = verb(groups, "add", "그룹 추가", "add a group",
                       [this](PeopleCommand& command) { return command.add_group(name_, add_, limits_); });
  name(add);
  list_option(add, "--user", add_, "그룹의 사용자", "a user of the group");
  limit_options(add);
  CLI::App& change = verb(groups, "set", "그룹의 사용자 변경", "change a group's users",
                          [this](PeopleCommand& command) { return command.change_group(name_, add_, remove_); });
  name(change);
  list_option(change, "--add", add_, "더할 사용자", "a user to add");
  list_option(change, "--remove", remove_, "뺄 사용자", "a user to remove");
  name(verb(groups, "remove", "그룹 삭제", "remove a group",
            [this](PeopleCommand& command) { return command.remove_group(name_); }));
}

void PeopleLine::describe_limits(CLI::App& parent) {
  CLI::App& limits = group_of(parent, "limits", "한도", "limits");
  scope_options(verb(limits, "show", "지금의 한도와 그 출처", "the limits in force, and who set them",
                     [this](PeopleCommand& command) { return command.show_limits(scope_); }),
                true);
  CLI::App& set = verb(limits, "set", "한도 정하기 (말한 것만 바뀜, 설정 파일보다 우선)",
                       "set limits: only what is said changes; wins over the configuration",
                       [this](PeopleCommand& command) { return command.set_limits(scope_, limits_); });
  scope_options(set, true);
  limit_options(set);
  scope_options(verb(limits, "unset", "정한 한도를 모두 되돌림 (설정 파일의 값이 다시 적용됨)",
                     "take back all that was set; the configuration holds again",
                     [this](PeopleCommand& command) { return command.unset_limits(scope_); }),
                true);
}

void PeopleLine::describe_bans(CLI::App& parent) {
  CLI::App& bans = group_of(parent, "bans", "차단", "bans");
  verb(bans, "list", "차단 목록", "list the bans", [](PeopleCommand& command) { return command.list_bans(); });
  CLI::App& set = verb(bans, "set", "차단", "shut out a user, a group or a key", [this](PeopleCommand& command) {
    ban_.scope = scope_;
    return command.set_ban(ban_);
  });
  scope_options(set, false);
  set.add_option("--for", ban_.duration,
                 text("기간: 1h, 7d (기본: 해제할 때까지)", "how long: 1h, 7d (default: until lifted)"));
  set.add_option("--reason", ban_.reason, text("이유", "why"));
  scope_options(verb(bans, "lift", "차단 해제", "lift a ban",
                     [this](PeopleCommand& command) { return command.lift_ban(scope_); }),
                false);
}

void PeopleLine::describe_audit(CLI::App& parent) {
  CLI::App& audit = verb(parent, "audit", "누가 무엇을 바꾸었는지", "who changed what",
                         [this](PeopleCommand& command) { return command.list_audit(most_); });
  audit.add_option("-n,--limit", most_, text("몇 개까지", "at most so many"))
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
}

}  // namespace ktl::app
