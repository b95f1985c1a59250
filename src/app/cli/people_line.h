#pragma once
// Describes `users`, `keys`, `groups`, `limits`, `bans` and `audit` to the command line (people_command.h does them).
#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "app/cli/people_command.h"

namespace ktl::app {

class PeopleLine {
 public:
  using Action = std::function<int(const config::Config&)>;
  // Makes a subcommand that works on the configuration and, if it is the one chosen, runs the action.
  using Make = std::function<CLI::App&(CLI::App& parent, const std::string& name, std::string_view korean,
                                       std::string_view english, Action action)>;

  PeopleLine(const CommandContext& context, Make make) : context_(context), make_(std::move(make)) {}
  void describe(CLI::App& parent);

 private:
  using Run = std::function<int(PeopleCommand&)>;
  std::string text(std::string_view korean, std::string_view english) const {
    return std::string(context_.say(korean, english));
  }
  CLI::App& group_of(CLI::App& parent, const std::string& name, std::string_view korean, std::string_view english);
  CLI::App& verb(CLI::App& parent, const std::string& name, std::string_view korean, std::string_view english, Run run);
  void describe_users(CLI::App& parent);
  void describe_keys(CLI::App& parent);
  void describe_groups(CLI::App& parent);
  void describe_limits(CLI::App& parent);
  void describe_bans(CLI::App& parent);
  void describe_audit(CLI::App& parent);
  void name_of_user(CLI::App& command);
  void name_of_key(CLI::App& command);
  void limit_options(CLI::App& command);
  void list_option(CLI::App& command, const std::string& name, std::vector<std::string>& into, std::string_view korean,
                   std::string_view english);
  void scope_options(CLI::App& command, bool models_too);

  const CommandContext& context_;
  Make make_;
  DeskOptions options_;
  std::string name_;
  UserOrder user_;
  KeyOrder key_;
  ScopeOrder scope_;
  BanOrder ban_;
  LimitWords limits_;
  std::vector<std::string> add_, remove_;
  std::string overlap_ = "1h";
  std::int64_t most_ = 50;
};

}  // namespace ktl::app
