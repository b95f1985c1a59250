#include "storage/redis/redis_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "base/rng.h"
#include "net/address.h"

namespace ktl::storage::redis {
namespace {

using Clock = std::chrono::steady_clock;
constexpr Millis kPatience{20'000};

// Ends a descriptor with its scope.
struct Descriptor {
  int fd;
  explicit Descriptor(int number) : fd(number) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

// Asks again and again until it is so.
template <class Condition>
bool await_condition(Millis patience, const Condition& condition) {
  const auto end = Clock::now() + patience;
  while (!condition()) {
    if (Clock::now() > end) return false;
    ::poll(nullptr, 0, 5);
  }
  return true;
}

pid_t run(const std::vector<std::string>& words, const std::filesystem::path& output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("cannot fork");
  if (pid > 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // also if the test program dies of a crash
  if (::getppid() != parent) ::_exit(126);
  const int fd = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ::dup2(fd, STDOUT_FILENO);
  ::dup2(fd, STDERR_FILENO);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void openssl(const std::filesystem::path& folder, std::vector<std::string> words) {
  words.insert(words.begin(), "openssl");
  const auto log = folder / "openssl.log";
  int status = 0;
  ::waitpid(run(words, log), &status, 0);
  if (status != 0) throw std::runtime_error("the openssl program failed:\n" + content_of(log));
}

// Below the ports that the kernel gives to outgoing connections, one of which could otherwise take a server's port
// while it is down, or even reach itself.
std::uint16_t free_port() {
  static Rng rng = Rng::from_system();
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const auto port = static_cast<std::uint16_t>(12'000 + rng.below(20'000));
    const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const net::Address address = net::resolve("127.0.0.1", port).value().front();
    if (::bind(socket.fd, address.raw(), address.length) == 0) return port;
  }
  throw std::runtime_error("no free port");
}

void send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw std::runtime_error("redis-server closed the connection");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

Value receive_reply(int fd, Parser& parser) {
  char buffer[4096];
  Value value;
  for (;;) {
    const ssize_t got = ::recv(fd, buffer, 1, 0);  // byte by byte: what follows belongs to the next reply
    if (got <= 0) throw std::runtime_error("redis-server does not answer");
    std::string_view input(buffer, static_cast<std::size_t>(got));
    const auto outcome = parser.parse(input, value);
    if (outcome == Parser::Outcome::complete) return value;
    if (outcome == Parser::Outcome::malformed) throw std::runtime_error("redis-server does not speak RESP");
  }
}

Value ask_on(int fd, std::span<const std::string_view> words) {
  std::string request;
  append_command(request, words);
  send_all(fd, request);
  Parser parser;
  return receive_reply(fd, parser);
}

}  // namespace

std::string flat_text(const Value& value) {
  std::string text = value.kind == Kind::integer ? std::to_string(value.integer) : value.text;
  for (const Value& item : value.items) text += "\n" + flat_text(item);
  return text;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "redis-test-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Certificates::Certificates(const std::filesystem::path& folder)
    : ca(folder / "ca.pem"),
      other_ca(folder / "other-ca.pem"),
      certificate(folder / "server.pem"),
      key(folder / "server.key") {
  const std::vector<std::string> new_key = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin() + 1, new_key.begin(), new_key.end());
    openssl(folder, words);
  };
  with({"req", "-x509", "-days", "2", "-subj", "/CN=test CA", "-keyout", folder / "ca.key", "-out", ca});
  with({"req", "-x509", "-days", "2", "-subj", "/CN=other CA", "-keyout", folder / "other.key", "-out", other_ca});
  with({"req", "-subj", "/CN=localhost", "-keyout", key, "-out", folder / "server.csr"});
  std::ofstream(folder / "names") << "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
  openssl(folder, {"x509", "-req", "-days", "2", "-in", folder / "server.csr", "-CA", ca, "-CAkey", folder / "ca.key",
                   "-CAcreateserial", "-extfile", folder / "names", "-out", certificate});
}

RedisServer::RedisServer(RedisServerOptions options) : options_(std::move(options)) {
  if (options_.tls && !options_.certificates) options_.certificates = std::make_shared<Certificates>(folder_.path());
  // Between our finding a port and its binding it, somebody else may take it.
  for (int attempt = 0;; ++attempt) {
    port_ = free_port();
    if (options_.tls) tls_port_ = free_port();
    if (options_.cluster) bus_port_ = free_port();
    try {
      start();
      return;
    } catch (const std::runtime_error&) {
      kill();
      if (attempt == 5) throw;
    }
  }
}

RedisServer::~RedisServer() {
  kill();
}

void RedisServer::start() {
  const auto text = [](auto number) { return std::to_string(number); };
  std::vector<std::string> words = {"redis-server",
                                    "--port",
                                    text(port_),
                                    "--bind",
                                    "127.0.0.1",
                                    "--dir",
                                    folder_.path(),
                                    "--save",
                                    "",
                                    "--daemonize",
                                    "no",
                                    "--appendonly",
                                    options_.append_only ? "yes" : "no",
                                    "--appendfsync",
                                    "always",
                                    "--enable-debug-command",
                                    "yes"};
  if (options_.tls) {
    const std::vector<std::string> tls = {
        "--tls-port",       text(tls_port_),      "--tls-cert-file", certificates().certificate, "--tls-key-file",
        certificates().key, "--tls-ca-cert-file", certificates().ca, "--tls-auth-clients",       "no"};
    words.insert(words.end(), tls.begin(), tls.end());
  }
  if (options_.cluster) {
    const std::vector<std::string> cluster = {"--cluster-enabled",
                                              "yes",
                                              "--cluster-node-timeout",
                                              text(options_.cluster_node_timeout.count()),
                                              "--cluster-port",
                                              text(bus_port_),
                                              "--cluster-replica-validity-factor",
                                              "0",
                                              "--repl-diskless-sync-delay",
                                              "0",
                                              "--repl-ping-replica-period",
                                              "1"};
    words.insert(words.end(), cluster.begin(), cluster.end());
  }
  words.insert(words.end(), options_.more.begin(), options_.more.end());
  const auto log = folder_.path() / "log";
  pid_ = run(words, log);
  const bool ready = await_condition(kPatience, [this] {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return true;
    }
    return answers();
  });
  if (pid_ < 0 || !ready)
    throw std::runtime_error("redis-server does not start (is it installed?):\n" + content_of(log));
}

bool RedisServer::answers() const {
  try {
    const Value pong = command({"PING"});
    return pong.text == "PONG" || pong.is_error("NOAUTH");
  } catch (const std::runtime_error&) {
    return false;
  }
}

void RedisServer::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

void RedisServer::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  const bool ended = await_condition(kPatience, [this] { return ::waitpid(pid_, nullptr, WNOHANG) == pid_; });
  if (!ended) throw std::runtime_error("redis-server does not stop");
  pid_ = -1;
}

void RedisServer::restart() {
  kill();
  start();
}

void RedisServer::pause() {
  ::kill(pid_, SIGSTOP);
}
void RedisServer::resume() {
  ::kill(pid_, SIGCONT);
}

std::string RedisServer::url() const {
  return "redis://127.0.0.1:" + std::to_string(port_);
}
std::string RedisServer::tls_url() const {
  return "rediss://localhost:" + std::to_string(tls_port_);
}

void RedisServer::login(std::string user, std::string password) {
  user_ = std::move(user);
  password_ = std::move(password);
}

Value RedisServer::command(std::initializer_list<std::string_view> words) const {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{5, 0};
  ::setsockopt(socket.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const net::Address address = net::resolve("127.0.0.1", port_).value().front();
  if (::connect(socket.fd, address.raw(), address.length) != 0)
    throw std::runtime_error("cannot connect to redis-server on port " + std::to_string(port_));
  if (!password_.empty()) {
    const std::string_view auth[] = {"AUTH", user_, password_};
    ask_on(socket.fd, auth);
  }
  return ask_on(socket.fd, {words.begin(), words.size()});
}

void RedisServer::await(std::initializer_list<std::string_view> words, std::string_view wanted, Millis patience) const {
  std::string last;
  const bool seen = await_condition(patience, [&] {
    last = flat_text(command(words));
    return last.find(wanted) != std::string::npos;
  });
  if (!seen) throw std::runtime_error("never said " + std::string(wanted) + ", but: " + last);
}

}  // namespace ktl::storage::redis
