#include "app/cli/load_config.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "config/load.h"

namespace ktl::app {

std::vector<std::string> default_config_files() {
  std::error_code ignored;
  std::vector<std::filesystem::path> folders = {"config"};
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);  // build/<preset>/bin/token-limiter
  if (!program.empty()) folders.push_back(program.parent_path() / "../../../config");
  for (const auto& folder : folders) {
    const auto main = folder / "sglang_korean.yaml", users = folder / "korean_users.yaml";
    if (std::filesystem::is_regular_file(main, ignored) && std::filesystem::is_regular_file(users, ignored))
      return {main.lexically_normal().string(), users.lexically_normal().string()};
  }
  return {};
}

std::optional<config::Config> load_or_report(const CommandContext& context, std::vector<std::string>& files) {
  if (files.empty()) files = default_config_files();
  if (files.empty()) {
    context.err << context.say("설정 파일이 없습니다. --config 파일을 지정하세요\n",
                               "no configuration found; name one with --config FILE\n");
    return std::nullopt;
  }
  auto config = config::load(files, context.environment, context.language);
  if (config) return std::move(*config);
  for (const config::Problem& problem : config.error()) context.err << problem.text() << "\n";
  context.err << fmt::format(fmt::runtime(context.say("설정 오류 {}개\n", "{} configuration error(s)\n")),
                             config.error().size());
  return std::nullopt;
}

}  // namespace ktl::app
