#pragma once
// The command line of `token-limiter usage`: its subcommands and what they take.
#include <CLI/CLI.hpp>

#include <functional>
#include <string>

#include "app/cli/context.h"
#include "app/cli/usage_command.h"
#include "app/cli/usage_export_command.h"
#include "app/cli/usage_ledger_command.h"

namespace ktl::app {

class UsageLine {
 public:
  using Action = std::function<int(const config::Config&)>;
  // Makes a subcommand that works on the configuration and, if it is the one chosen, runs the action.
  using Make = std::function<CLI::App&(CLI::App& parent, const std::string& name, std::string_view korean,
                                       std::string_view english, Action action)>;

  UsageLine(const CommandContext& context, Make make) : context_(context), make_(std::move(make)) {}
  // `usage` without a subcommand is `usage show`.
  void describe(CLI::App& parent);

 private:
  std::string text(std::string_view korean, std::string_view english) const {
    return std::string(context_.say(korean, english));
  }
  void describe_period(CLI::App& command);
  void describe_show(CLI::App& command);
  void describe_export(CLI::App& usage);
  void describe_ledger(CLI::App& usage);
  Action with_kind(int (*command)(const CommandContext&, const config::Config&, const UsageQuery&));

  const CommandContext& context_;
  Make make_;
  UsageQuery query_;
  std::string by_ = "user";
  ExportQuery export_;
  Correction correction_;
  std::string file_;
};

}  // namespace ktl::app
