// What a call of the Redis client costs us: the CPU time of the loop's thread, user and kernel, for pipelined calls.
//   redis_client_bench URL [calls] [calls at a time]
#include <time.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "storage/redis/client.h"

namespace {

using namespace ktl;
using namespace ktl::storage::redis;

double thread_microseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) * 1e-3;
}

struct Bench {
  net::EventLoop& loop;
  Client& client;
  std::span<const std::string_view> words;
  int calls;
  int begun = 0;
  int ended = 0;
  int failed = 0;

  void begin() {
    if (begun == calls) return;
    ++begun;
    client.call(words[1], words, [this](const Result<Value>& reply) {
      if (!reply || reply->is_error()) ++failed;
      if (++ended == calls) loop.stop();
      begin();
    });
  }
};

void measure(net::EventLoop& loop, Client& client, const char* name, std::span<const std::string_view> words, int calls,
             int at_a_time) {
  Bench bench{loop, client, words, calls};
  const double cpu = thread_microseconds();
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < at_a_time; ++i) bench.begin();
  loop.run();
  const std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - begun;
  std::printf("%-6s %d calls, %d at a time: %.3f us CPU, %.3f us wall per call, %d failed\n", name, calls, at_a_time,
              (thread_microseconds() - cpu) / calls, wall.count() / calls, bench.failed);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return std::fprintf(stderr, "redis_client_bench URL [calls] [calls at a time]\n"), 2;
  const int calls = count > 2 ? std::atoi(arguments[2]) : 100'000;
  const int at_a_time = count > 3 ? std::atoi(arguments[3]) : 100;
  const auto url = parse_url(arguments[1]);
  if (!url) return std::fprintf(stderr, "%s\n", url.error().message.c_str()), 2;
  ClientOptions options;
  options.call_timeout = Millis(10'000);
  options.insecure = true;  // a bench of our own servers
  net::EventLoop loop;
  auto client = open_client(loop, *url, options, Rng(1));
  if (!client) return std::fprintf(stderr, "%s\n", client.error().message.c_str()), 2;
  (*client)->on_state([&loop](bool) { loop.stop(); });
  net::Timer patience;
  loop.arm(patience, loop.now() + Millis(5'000), [&loop] { loop.stop(); });
  loop.run();
  loop.disarm(patience);
  (*client)->on_state(nullptr);
  if (!(*client)->connected()) return std::fprintf(stderr, "%s\n", (*client)->problem().c_str()), 1;

  const std::string_view library[] = {"FUNCTION", "LOAD", "REPLACE",
                                      "#!lua name=bench\nredis.register_function('bench', function(keys, args) "
                                      "return {redis.call('INCRBY', keys[1], args[1]), 0, 60000} end)"};
  const std::string_view set[] = {"SET", "bench:{key}", "0123456789012345678901234567890123456789"};
  const std::string_view fcall[] = {"FCALL", "bench", "1", "bench:n", "17"};
  measure(loop, **client, "SET", set, calls, at_a_time);
  measure(loop, **client, "LOAD", library, 1, 1);
  measure(loop, **client, "FCALL", fcall, calls, at_a_time);
  return 0;
}
