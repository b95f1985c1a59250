// What our functions cost the server: its own CPU time per call (INFO commandstats), for charges on two scopes, each
// limited in requests and tokens by minute, hour and day.
//   redis_functions_bench URL [charges] [users]         the server is used as it stands; keys begin with "ktl-bench"
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "storage/redis/client.h"
#include "storage/redis/functions.h"

namespace {

using namespace ktl;
using namespace ktl::storage::redis;

constexpr int kRound = 1'000;  // calls of one sort, before calls of another

struct Server {
  net::EventLoop loop;
  std::unique_ptr<Client> client;

  std::vector<Value> call(const std::vector<Command>& commands) {
    std::vector<Value> replies(commands.size());
    std::size_t missing = commands.size();
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const auto words = commands[i].views();
      client->call(commands[i].slot_key, words, [&, i](Result<Value> reply) {
        if (!reply || reply->is_error()) {
          std::fprintf(stderr, "%s\n", reply ? reply->text.c_str() : reply.error().message.c_str());
          std::exit(1);
        }
        replies[i] = std::move(*reply);
        if (--missing == 0) loop.stop();
      });
    }
    loop.run();
    return replies;
  }
  Value say(std::vector<std::string> words) { return call({Command{std::move(words), ""}}).front(); }
};

// Sums over rounds of what the server says of FCALL.
struct Cost {
  const char* name;
  double microseconds = 0;
  double calls = 0;

  void run(Server& server, const std::vector<Command>& commands) {
    server.say({"CONFIG", "RESETSTAT"});
    server.call(commands);
    const std::string stats = server.say({"INFO", "commandstats"}).text;
    const auto line = stats.find("cmdstat_fcall:");
    if (line == std::string::npos) return;
    calls += std::strtod(stats.c_str() + stats.find("calls=", line) + 6, nullptr);
    microseconds += std::strtod(stats.c_str() + stats.find("usec=", line) + 5, nullptr);
  }
  void print() const {
    std::printf("%-8s %8.0f calls  %6.2f us of the server's CPU a call\n", name, calls, microseconds / calls);
  }
};

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return std::fprintf(stderr, "redis_functions_bench URL [charges] [users]\n"), 2;
  const int charges = count > 2 ? std::atoi(arguments[2]) : 100'000;
  const auto users = static_cast<std::uint32_t>(count > 3 ? std::atoi(arguments[3]) : 100);
  const auto url = parse_url(arguments[1]);
  if (!url) return std::fprintf(stderr, "%s\n", url.error().message.c_str()), 2;
  Server server;
  ClientOptions options;
  options.call_timeout = Millis(30'000);
  auto client = open_client(server.loop, *url, options, Rng(1));
  if (!client) return std::fprintf(stderr, "%s\n", client.error().message.c_str()), 1;
  server.client = std::move(*client);
  server.client->on_state([&](bool) { server.loop.stop(); });
  while (!server.client->connected()) server.loop.run();
  server.call({Functions::load()});

  const Functions functions(Keyspace("ktl-bench"), {});
  quota::Limits limits;
  for (std::size_t i = 0; i < quota::kLimitKinds - 1; ++i) limits.amount[i] = 1'000'000'000;
  const std::string run = std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
  const auto place_of = [&](int i) {
    const ScopeId user{1 + static_cast<std::uint32_t>(i) % users};
    const ScopeId key{1 + users + static_cast<std::uint32_t>(i) % users};
    const std::string name = run + "-" + std::to_string(i);
    return ChargePlace{
        Keyspace::tenant_tag(user), name, {{ScopeKind::key, key, limits}, {ScopeKind::user, user, limits}}};
  };
  Cost reserves{"reserve"}, settles{"settle"}, refusals{"refuse"}, roll_ups{"roll up"};
  for (int first = 0; first < charges; first += kRound) {
    std::vector<Command> reserve, settle, refuse;
    for (int i = first; i < first + kRound; ++i) {
      ChargePlace place = place_of(i);
      Ask ask;
      ask.gateway = "bench";
      ask.tokens = 500;
      ask.noted = {{ScopeKind::key, place.scopes[0].id}, {ScopeKind::user, place.scopes[1].id}};
      reserve.push_back(functions.reserve(place, ask));
      Used used;
      used.tokens = {.prompt = 120, .completion = 200};
      settle.push_back(functions.settle(place, used));
      place.charge += ".refused";
      place.scopes[1].limits[quota::LimitKind::tpm] = 600;
      refuse.push_back(functions.reserve(place, ask));
    }
    reserves.run(server, reserve);
    settles.run(server, settle);
    refusals.run(server, refuse);
  }
  std::vector<Command> roll_up;
  for (int tag = 0; tag < Keyspace::kTenantTags; ++tag)
    roll_up.push_back(functions.roll_up(Keyspace::tenant_tag(tag), 500, Millis(0), Millis(0)));
  roll_ups.run(server, roll_up);
  for (const Cost& cost : {reserves, settles, refusals, roll_ups}) cost.print();
  const std::string memory = server.say({"INFO", "memory"}).text;
  std::printf("memory of the server: %.1f MB\n",
              std::strtod(memory.c_str() + memory.find("used_memory:") + 12, nullptr) / 1e6);
}
