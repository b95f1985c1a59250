// sglang-standin: command line, one event loop, signals.
#include <csignal>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "standin/engine/tokenizer_file.h"
#include "standin/http/standin.h"

namespace {

using ktl::standin::StandinOptions;

struct Launch {
  StandinOptions standin;
  std::string port_file;
  std::string tokenizer_file;
  std::int64_t max_queued = -1;
  std::int64_t health_delay_ms = 1000;
  std::int64_t chunk_interval_ms = 0;
  std::string shape = "0.5.18";
  std::string loads = "snapshot";
  bool disable_radix_cache = false;
  bool disable_metrics = false;
  bool disable_cache_report = false;
};

void describe(CLI::App& app, Launch& launch) {
  StandinOptions& o = launch.standin;
  auto& e = o.engine;
  app.add_option("--host", o.host, "address to listen on")->capture_default_str();
  app.add_option("--port", o.port, "port; 0 picks a free one")->capture_default_str();
  app.add_option("--port-file", launch.port_file, "write the port to this file when ready");
  app.add_option("--model-path", o.model_path)->capture_default_str();
  app.add_option("--tokenizer", launch.tokenizer_file,
                 "count tokens by this tokenizer.json (Qwen2, 2.5, 3) instead of by weight");
  app.add_option("--served-model-name", o.served_model_name)->capture_default_str();
  app.add_option("--api-key", o.api_key);
  app.add_option("--admin-api-key", o.admin_api_key);
  app.add_option("--context-length", e.context_length)->capture_default_str()->check(CLI::Range(16, 10'000'000));
  app.add_option("--max-total-tokens", e.max_total_num_tokens, "size of the KV pool in tokens")
      ->capture_default_str()
      ->check(CLI::Range(16, 1'000'000'000));
  app.add_option("--max-running-requests", e.max_running_requests)
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  app.add_option("--max-queued-requests", launch.max_queued, "refuse more waiting requests than this (default: none)");
  app.add_option("--chunked-prefill-size", e.chunked_prefill_size)->capture_default_str();
  app.add_option("--decode-log-interval", e.decode_log_interval)->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--stream-interval", o.stream_interval, "tokens per chunk")->capture_default_str();
  app.add_flag("--disable-radix-cache", launch.disable_radix_cache);
  app.add_flag("--disable-metrics", launch.disable_metrics, "as a server without --enable-metrics");
  app.add_flag("--disable-cache-report", launch.disable_cache_report, "as a server without --enable-cache-report");
  app.add_flag("--embedding", o.embedding, "be an embedding server");
  app.add_option("--speed", e.speed, "1: like a small GPU; 20: twenty times as fast; 0: answer at once")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seed", o.seed, "of everything random")->capture_default_str();
  app.add_option("--answer-tokens-min", o.answer_tokens_min, "shortest natural answer")->capture_default_str();
  app.add_option("--answer-tokens-max", o.answer_tokens_max, "longest natural answer")->capture_default_str();
  app.add_option("--health-delay-ms", launch.health_delay_ms, "time a good /health takes, at speed 1")
      ->capture_default_str();
  app.add_flag("--zombie", o.zombie, "do not abort streams whose client left (as 0.5.18 and 0.5.19)");
  app.add_option("--shape", launch.shape, "byte shapes of this version")
      ->capture_default_str()
      ->check(CLI::IsMember({"0.5.18", "0.5.9"}));
  app.add_option("--loads", launch.loads, "form of /v1/loads")
      ->capture_default_str()
      ->check(CLI::IsMember({"snapshot", "aggregate"}));
  app.add_flag("--instant", o.instant, "fixed answers that bypass the simulation, for benchmarks");
  app.add_option("--chunks", o.chunks, "tokens (= chunks) of an instant answer")->capture_default_str();
  app.add_option("--chunk-interval-ms", launch.chunk_interval_ms, "pace of an instant stream")->capture_default_str();
}

void settle_options(Launch& launch) {
  StandinOptions& o = launch.standin;
  if (launch.max_queued >= 0) o.engine.max_queued_requests = launch.max_queued;
  o.engine.radix_cache = !launch.disable_radix_cache;
  o.enable_metrics = !launch.disable_metrics;
  o.enable_cache_report = !launch.disable_cache_report;
  o.health_delay = ktl::Millis{launch.health_delay_ms};
  o.chunk_interval = ktl::Millis{launch.chunk_interval_ms};
  o.shape_0_5_9 = launch.shape == "0.5.9";
  o.aggregate_loads = launch.loads == "aggregate" || o.shape_0_5_9;
}

// False: said why on stderr.
bool load_tokenizer(Launch& launch) {
  if (launch.tokenizer_file.empty()) return true;
  std::ifstream file(launch.tokenizer_file, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  auto tokenizer = ktl::standin::read_tokenizer(json);
  if (!file || !tokenizer) {
    std::fprintf(stderr, "sglang-standin: %s: %s\n", launch.tokenizer_file.c_str(),
                 file ? tokenizer.error().message.c_str() : "cannot be read");
    return false;
  }
  launch.standin.tokenizer = std::move(*tokenizer);
  return true;
}

// Whole or not at all: who finds the file finds the port in it.
bool write_port(const std::string& path, std::uint16_t port) {
  const std::string unfinished = path + ".new";
  std::ofstream(unfinished) << port << '\n';
  return std::rename(unfinished.c_str(), path.c_str()) == 0;
}

// Waits for SIGINT or SIGTERM on a thread of its own, then runs `stop` there.
class StopOnSignal {
 public:
  explicit StopOnSignal(std::function<void()> stop)
      : waiter_([then = std::move(stop)] {
          int received = 0;
          sigwait(&signals(), &received);
          then();
        }) {}
  ~StopOnSignal() {
    pthread_kill(waiter_.native_handle(), SIGTERM);
    waiter_.join();
  }
  // Must run before any thread is started: they inherit the mask.
  static void block() { pthread_sigmask(SIG_BLOCK, &signals(), nullptr); }

 private:
  static sigset_t& signals() {
    static sigset_t set = [] {
      sigset_t fresh;
      sigemptyset(&fresh);
      sigaddset(&fresh, SIGINT);
      sigaddset(&fresh, SIGTERM);
      return fresh;
    }();
    return set;
  }
  std::thread waiter_;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"A stand-in of an SGLang server: simulated engine, true byte shapes, books of its own."};
  Launch launch;
  launch.standin.engine.max_total_num_tokens = 65'536;
  launch.standin.engine.context_length = 8'192;
  describe(app, launch);
  CLI11_PARSE(app, argc, argv);
  settle_options(launch);
  if (!load_tokenizer(launch)) return 1;

  std::signal(SIGPIPE, SIG_IGN);
  StopOnSignal::block();
  ktl::net::EventLoop loop;
  ktl::standin::Standin standin(loop, launch.standin, ktl::SystemClock().wall());
  ktl::net::HttpServer server(loop, standin.server_options(),
                              [&standin](ktl::net::HttpExchange& exchange) { return standin.handle(exchange); });
  const auto port = server.listen(launch.standin.host, static_cast<std::uint16_t>(launch.standin.port));
  if (!port) {
    std::fprintf(stderr, "sglang-standin: %s\n", port.error().message.c_str());
    return 1;
  }
  standin.options().port = *port;
  if (!launch.port_file.empty() && !write_port(launch.port_file, *port)) {
    std::fprintf(stderr, "sglang-standin: cannot write %s\n", launch.port_file.c_str());
    return 1;
  }
  std::printf("listening on %s:%u\n", launch.standin.host.c_str(), static_cast<unsigned>(*port));
  std::fflush(stdout);
  const StopOnSignal stop([&] { loop.post([&] { standin.shut_down(server); }); });
  loop.run();
  return 0;
}
