#include "app/serve.h"

#include <csignal>
#include <cstdio>
#include <fstream>

#include "app/version.h"
#include "app/wiring.h"
#include "config/load.h"

namespace ktl::app {
namespace {

// The signals that serve() answers, blocked in every thread so that sigwait gets them.
sigset_t served_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

}  // namespace

int serve(const config::Config& config, const ServeOptions& options) {
  const sigset_t signals = served_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto system = System::build(config, options);
  if (!system) {
    std::fprintf(stderr, "token-limiter: %s\n", system.error().message.c_str());
    return 1;
  }
  (*system)->start();
  const std::string address = config.server.host + ":" + std::to_string((*system)->port());
  (*system)->log().info("listening", {{"address", address}, {"version", kVersion}});
  std::printf("listening on %s\n", address.c_str());
  if ((*system)->dashboard_port() != 0) {
    const std::string page = "http://" + config.dashboard.host + ":" + std::to_string((*system)->dashboard_port());
    (*system)->log().info("dashboard", {{"address", page}});
    std::printf("dashboard on %s\n", page.c_str());
  }
  std::fflush(stdout);
  if (!options.port_file.empty()) std::ofstream(options.port_file) << (*system)->port() << "\n";

  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    auto fresh = config::load(options.config_files, options.environment);
    if (!fresh) {
      for (const auto& problem : fresh.error()) (*system)->log().error("reload refused", {{"problem", problem.text()}});
      continue;
    }
    if (auto done = (*system)->reload(*fresh); !done) {
      (*system)->log().error("reload refused", {{"problem", done.error().message}});
    } else {
      (*system)->log().info("reloaded users, keys and limits");
    }
  }
  (*system)->log().info("draining");
  (*system)->drain_and_stop(config.server.timeouts.drain);
  (*system)->log().info("stopped");
  return 0;
}

}  // namespace ktl::app
