#pragma once
// For tests of the pages: the server with the pages, two scripted engines and a client on one loop, with real sockets
// between them. The store is in memory, the clock stands still until a test moves it.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "admin/admin.h"
#include "app/management.h"
#include "net/http_client.h"
#include "protocol/json_cursor.h"
#include "storage/memory/memory_identity.h"
#include "storage/memory/memory_store.h"

namespace ktl::admin {

// A test whose body is a coroutine with the fixture's members at hand.
#define PAGE_TEST(name)        \
  struct name : AdminFixture { \
    net::Task<void> body();    \
  };                           \
  TEST_F(name, Holds) {        \
    run(body());               \
  }                            \
  net::Task<void> name::body()

class HeldClock final : public Clock {
 public:
  WallTime wall() const override { return wall_; }
  MonoTime mono() const override { return mono_; }
  void advance(Millis by) {
    wall_ += by;
    mono_ += by;
  }

 private:
  WallTime wall_{Millis(1'795'422'600'123)};  // 2026-11-23T08:30:00.123Z
  MonoTime mono_{std::chrono::hours(1)};
};

struct Got {
  int status = 0;
  std::string headers;  // "name: value\n", lower case as we send them
  std::string body;

  bool has(std::string_view part) const { return body.find(part) != std::string::npos; }
  std::string header(std::string_view name) const {
    const auto at = headers.find(std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 2;
    return headers.substr(begin, headers.find('\n', begin) - begin);
  }
};
inline std::ostream& operator<<(std::ostream& out, const Got& got) {
  return out << got.status << "\n" << got.headers << "\n" << got.body;
}

inline constexpr std::string_view kUserKey = "sk-user1-korean-key-def";
inline constexpr std::string_view kOtherKey = "sk-dev1-korean-key-789";
inline constexpr std::string_view kAdminKey = "the-operators-own-key";

class AdminFixture : public testing::Test {
 public:
  AdminFixture() { options.version = "1.2.3"; }

  // Who answers: the pages, unless a test stands something before them.
  virtual net::Task<void> answer(net::HttpExchange& x) { return admin_->serve(x, *loop_services_); }

  void start();                    // call once, after `options` and the like are as the test wants them
  void run(net::Task<void> test);  // to its end, and until nothing is left on the loop
  void stop_engine(std::size_t which);

  net::Task<Got> ask(std::string method, std::string target, std::string header_lines = {}, std::string body = {});
  net::Task<Got> get(std::string target, std::string_view key = {});

  void publish(const monitor::Sample& sample);
  void close_streams() { admin_->close_streams(); }
  double sampled(std::string_view metric);  // of the registry, now
  // A client that asks for the live events and does not read them until the test does.
  net::Task<std::unique_ptr<net::ClientConnection>> watch();

  void use(ScopeId user, std::int64_t prompt, std::int64_t completion);  // books one request

  // What the engines answer, by path and query; anything else is 404.
  std::map<std::string, std::string, std::less<>> engine_pages;
  std::vector<std::string> engine_saw;

  net::EventLoop loop;
  HeldClock clock;
  storage::MemoryStore store;
  storage::MemoryIdentity identity_store;  // whom admins made and changed
  config::Config config;  // 사용자1 and 개발자1 with a key each, a group, two models, an admin key
  telemetry::Registry registry;
  gateway::Options gateway_options;
  gateway::CatalogueHolder catalogue;
  gateway::ExpectedOutput expected_output;
  std::atomic<bool> draining{false};
  net::Offload offload{1};
  Options options;
  std::function<Result<void>()> reload;
  series::History history{nullptr};
  std::size_t engine_count = 1;
  upstream::EngineType engine_type = upstream::EngineType::sglang;
  std::string host = "127.0.0.1:8080";

  ScopeId user_key{}, other_key{}, user{}, other{}, group{}, model_scope{}, second_model_scope{}, global{};
  std::unique_ptr<gateway::Accounting> accounting;
  std::vector<std::unique_ptr<upstream::Upstream>> upstreams;

 private:
  net::Task<void> finish_with(net::Task<void> test);
  net::Task<void> answer_as_engine(net::HttpExchange& x);
  void fill_config();
  void find_scopes();
  Result<void> take_over();  // the people as they are now

  telemetry::LineWriter log_writer{-1};
  telemetry::Log log{log_writer, clock, telemetry::LogLevel::error, telemetry::LogFormat::logfmt};
  std::unique_ptr<gateway::Metrics> metrics_;
  std::unique_ptr<gateway::Services> services_;

 protected:
  std::unique_ptr<gateway::LoopServices> loop_services_;
  std::unique_ptr<app::Management> management_;
  std::unique_ptr<Admin> admin_;

 private:
  std::vector<std::unique_ptr<net::HttpServer>> engines_;
  std::unique_ptr<net::HttpServer> server_;
  std::uint16_t port_ = 0;
};

}  // namespace ktl::admin
