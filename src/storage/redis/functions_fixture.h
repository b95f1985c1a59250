#pragma once
// Where the functions run in tests: in the test's own process, on a real redis-server, on a real cluster. One
// interface, so that the same claims are checked on all of them.
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "net/event_loop.h"
#include "storage/redis/client.h"
#include "storage/redis/functions.h"
#include "storage/redis/lua_host.h"
#include "storage/redis/redis_fixture.h"

namespace ktl::storage::redis {

class FunctionRunner {
 public:
  virtual ~FunctionRunner() = default;
  virtual Value call(const Command& command) = 0;  // std::runtime_error if there is no answer
};

class HostRunner final : public FunctionRunner {
 public:
  Value call(const Command& command) override {
    if (command.words[0].starts_with("FCALL")) return host_.call(command);
    return host_.keyspace().execute(command.views(), true);
  }

 private:
  LuaHost host_;
};

// A server or a cluster, through the client. The library is loaded on every master.
class ServerRunner : public FunctionRunner {
 public:
  explicit ServerRunner(const std::string& url) {
    ClientOptions options;
    options.call_timeout = Millis(20'000);  // sanitizers and a busy machine are slow
    auto client = open_client(loop_, parse_url(url).value(), options, Rng(1));
    if (!client) throw std::runtime_error(client.error().message);
    client_ = std::move(*client);
    client_->on_state([this](bool) { loop_.stop(); });
    while (!client_->connected()) loop_.run();
    client_->on_state([](bool) {});
  }

  Value call(const Command& command) override {
    Result<Value> result;
    const auto words = command.views();
    client_->call(command.slot_key, words, [&](Result<Value> reply) {
      result = std::move(reply);
      loop_.stop();
    });
    loop_.run();
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
  }

 private:
  net::EventLoop loop_;
  std::unique_ptr<Client> client_;
};

inline void load_functions(const RedisServer& server) {
  const Value loaded = server.command({"FUNCTION", "LOAD", "REPLACE", functions_source()});
  if (loaded.is_error()) throw std::runtime_error(loaded.text);
}

class SingleRunner final : public FunctionRunner {
 public:
  SingleRunner() : runner_(server_.url()) { load_functions(server_); }
  Value call(const Command& command) override { return runner_.call(command); }
  RedisServer& server() { return server_; }

 private:
  RedisServer server_;
  ServerRunner runner_;
};

class ClusterRunner final : public FunctionRunner {
 public:
  ClusterRunner() : runner_(cluster_.url()) {
    for (std::size_t i = 0; i < cluster_.size(); ++i) load_functions(cluster_.node(i));
  }
  Value call(const Command& command) override { return runner_.call(command); }

 private:
  RedisCluster cluster_;
  ServerRunner runner_;
};

// A reply as text, to compare and to print.
inline std::string told(const Value& value) {
  switch (value.kind) {
    case Kind::nil:
      return "nil";
    case Kind::integer:
      return std::to_string(value.integer);
    case Kind::array: {
      std::string text = "[";
      for (const Value& item : value.items) text += (text.size() > 1 ? " " : "") + told(item);
      return text + "]";
    }
    default:
      return (value.is_error() ? "-" : "") + value.text;
  }
}

}  // namespace ktl::storage::redis
