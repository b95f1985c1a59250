// Any bytes are either a configuration or a list of problems with words and places; never a crash or a hang, and
// no problem repeats what the environment holds.
#include <cstdint>

#include "base/check.h"
#include "config/load.h"
#include "config/print.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::config;
  const std::string secret = "sk-from-the-environment";
  const Source source{"fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size)};
  const Environment environment = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "KEY") return secret;
    return std::nullopt;
  };
  const bool told = source.text.find("sk-from") != std::string::npos;  // then it is no secret
  const Source once[] = {source};
  const auto config = parse(once, environment, Language::english);
  if (!config) {
    KTL_CHECK(!config.error().empty(), "a refused configuration has a problem");
    for (const Problem& problem : config.error()) {
      KTL_CHECK(!problem.message.empty() && problem.line >= 0 && problem.column >= 0,
                "a problem has words and a place");
      KTL_CHECK(told || problem.text().find(secret) == std::string::npos, "no problem repeats a secret");
    }
    return 0;
  }
  KTL_CHECK(!to_yaml(*config).empty(), "a configuration can be printed");
  return 0;
}
