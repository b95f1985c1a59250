#pragma once
// `token-limiter users|keys|groups|limits|bans|audit …`: what the admin pages do, with tables for people and --json for
// programs (the pages' own answers).
#include <simdjson.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/admin_desk.h"

namespace ktl::app {

// What every one of these commands is told.
struct DeskOptions {
  std::string url;  // of a gateway; empty: the store
  bool json = false;
};

using LimitWords = std::map<std::string, std::string>;  // limit word -> amount, "unlimited" or "unset"; empty: not said

struct UserOrder {
  std::string name;
  std::optional<std::string> description;
  std::vector<std::string> groups, models;
  LimitWords limits;
};

struct KeyOrder {
  std::string user, label;
  std::vector<std::string> models;
  bool admin = false;
  std::string lifetime;  // "30d", "12h", "90m", "45s"; empty: for ever
};

// One scope: exactly one is said.
struct ScopeOrder {
  std::string user, group, model, key;
  bool global = false;
};

struct BanOrder {
  ScopeOrder scope;
  std::string duration;  // as a lifetime; empty: until it is lifted
  std::string reason;
};

// A list of the admin pages that comes in pages.
struct PagedList {
  std::string path;
  std::string name;      // of the member that holds the items
  std::string filter{};  // "&user=…", or nothing
};

class PeopleCommand {
 public:
  PeopleCommand(const CommandContext& context, const config::Config& config, const DeskOptions& options)
      : context_(context), config_(config), options_(options) {}

  int list_users();  // people_users.cc
  int show_user(const std::string& name);
  int add_user(const UserOrder& order);
  int set_user(const UserOrder& order);
  int disable_user(const std::string& name, bool disabled);
  int remove_user(const std::string& name);

  int list_keys(const std::string& user);  // people_keys.cc
  int create_key(const KeyOrder& order);   // the key is the only line of `out`, the only time it is seen
  int disable_key(const std::string& which, bool disabled);
  int revoke_key(const std::string& which);
  int rotate_key(const std::string& which, const std::string& overlap);

  int show_limits(const ScopeOrder& scope);  // people_limits.cc
  int set_limits(const ScopeOrder& scope, const LimitWords& words);
  int unset_limits(const ScopeOrder& scope);

  int list_bans();
  int set_ban(const BanOrder& order);
  int lift_ban(const ScopeOrder& scope);

  int list_groups();  // people_groups.cc
  int add_group(const std::string& name, const std::vector<std::string>& users, const LimitWords& limits);
  int change_group(const std::string& name, const std::vector<std::string>& add,
                   const std::vector<std::string>& remove);
  int remove_group(const std::string& name);
  int list_audit(std::int64_t most);

 private:
  // The answer of the page, or nothing: it was told why not.
  std::optional<std::string> ask(std::string_view method, const std::string& target, const std::string& body = {});
  // The same for a change whose answer only --json shows.
  int order(std::string_view method, const std::string& target, const std::string& body = {});
  // Gives every item of all pages, and when the last was told; nothing: it was told why not.   people_pages.cc
  std::optional<std::string> each_of(const PagedList& list,
                                     const std::function<void(const simdjson::dom::element&)>& take);
  int print_all(const PagedList& list);       // with --json
  int print(const std::string& json) const;   // likewise
  int suggest_user(const std::string& name);  // after a failure: perhaps the name is wrong. kFailed
  bool known_models(const std::vector<std::string>& models) const;
  std::optional<std::string> id_of_key(const std::string& which);
  std::optional<std::string> limits_json(const LimitWords& words) const;
  std::optional<std::int64_t> seconds_of(const std::string& option, const std::string& text) const;
  std::optional<std::string> limits_target(const ScopeOrder& scope);
  std::optional<std::string> ban_target(const ScopeOrder& scope);

  const CommandContext& context_;
  const config::Config& config_;
  const DeskOptions& options_;
  std::unique_ptr<AdminDesk> desk_;
};

}  // namespace ktl::app
