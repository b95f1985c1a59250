#pragma once
// Runs the gateway until SIGTERM or SIGINT.
#include <string>
#include <vector>

#include "config/config.h"
#include "config/language.h"

namespace ktl::app {

struct ServeOptions {
  std::vector<std::string> config_files;  // as loaded; read again on SIGHUP
  bool allow_demo_keys = false;           // also on a public address; applies to reloads too
  config::Environment environment;        // for ${NAME} on reload
  std::string port_file;                  // written with the port once it is bound; empty = none
  config::Language language = config::Language::english;
};

// Returns the exit code of the process (cli/context.h): 0 after an orderly end, 1 if it could not start. The caller has
// loaded `config` and has checked its exposure (config/exposure.h).
int serve(const config::Config& config, const ServeOptions& options);

}  // namespace ktl::app
