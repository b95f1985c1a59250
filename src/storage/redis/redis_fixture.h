#pragma once
// Real servers for tests: redis-server (Debian's package) as a child process on free ports of loopback, with a folder
// of its own. Nothing is left running or lying about, also when a test fails or the test program dies.
//
// Everything here blocks, with deadlines; what cannot be done ends with std::runtime_error, so the test fails. A
// missing redis-server is such a failure, never a reason to skip.
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "storage/redis/resp.h"

namespace ktl::storage::redis {

// A folder under the system's temporary one, removed with all it holds.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A CA, a certificate for localhost and 127.0.0.1, and another CA that has signed nothing; made by the openssl program.
struct Certificates {
  explicit Certificates(const std::filesystem::path& folder);
  std::string ca, other_ca, certificate, key;  // PEM files
};

struct RedisServerOptions {
  bool append_only = false;  // AOF, synced with every write: the data survive kill()
  bool tls = false;          // a TLS port beside the plain one; a cluster then speaks TLS among its nodes, too
  std::shared_ptr<const Certificates> certificates{};  // null, with tls: made anew
  bool cluster = false;
  Millis cluster_node_timeout{500};
  std::vector<std::string> more{};  // further arguments: {"--requirepass", "x"}
};

class RedisServer {
 public:
  explicit RedisServer(RedisServerOptions options = {});  // returns when it answers
  ~RedisServer();                                         // kills it
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::uint16_t tls_port() const { return tls_port_; }
  std::uint16_t bus_port() const { return bus_port_; }  // of a cluster's node
  const Certificates& certificates() const { return *options_.certificates; }
  std::string url() const;      // redis://127.0.0.1:port
  std::string tls_url() const;  // rediss://localhost:port
  bool running() const { return pid_ > 0; }

  void kill();     // SIGKILL, as a crash
  void stop();     // SIGTERM and wait: data are saved if append_only
  void restart();  // again on the same ports, with the same folder; kills it first if it runs
  void pause();    // SIGSTOP: connections stay, nothing answers
  void resume();

  // One command over a connection of its own; plain TCP, without login unless AUTH was set by login().
  Value command(std::initializer_list<std::string_view> words) const;
  void login(std::string user, std::string password);
  // Repeats the command until its reply contains `wanted` (text of all depths), at most `patience`.
  void await(std::initializer_list<std::string_view> words, std::string_view wanted,
             Millis patience = Millis(20'000)) const;

 private:
  void start();
  bool answers() const;

  RedisServerOptions options_;
  TemporaryFolder folder_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::uint16_t bus_port_ = 0;
  pid_t pid_ = -1;
  std::string user_;
  std::string password_;
};

// A cluster of three masters that own all slots, and if wanted a replica for each.
class RedisCluster {
 public:
  explicit RedisCluster(bool with_replicas = false, RedisServerOptions options = {});  // returns when it is ready

  std::string url() const;      // redis+cluster://…, all nodes that run
  std::string tls_url() const;  // rediss+cluster://127.0.0.1:…
  std::size_t size() const { return nodes_.size(); }
  RedisServer& node(std::size_t index) { return *nodes_[index]; }  // 0..2 masters at first, 3..5 their replicas
  // The running node that now is the master of `slot`.
  RedisServer& master_of(std::uint16_t slot);
  // Hands an (empty) slot over to node(to), as resharding does at its end.
  void move_slot(std::uint16_t slot, std::size_t to);
  std::string id_of(std::size_t index) const;
  void await_ok();  // until every running node says cluster_state:ok

 private:
  TemporaryFolder folder_;
  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

// All text within a reply, one piece a line.
std::string flat_text(const Value& value);

}  // namespace ktl::storage::redis
