// Load generator: one thread, epoll, HTTP/1.1 keep-alive, to one address on this machine. Prints "name value" lines.
//   closed   every connection sends its next request when its answer has come
//   open     requests are due at fixed instants, whatever the server does; latency counts from the due instant
//   stream   every connection holds one stream after the other; measures one-way latency of each event
//   idle     opens the connections, one request on each, then holds them open until the time is over
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <deque>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "bench/response_reader.h"
#include "bench/samples.h"

namespace ktl::bench {
namespace {

std::int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

struct Options {
  std::string mode = "closed";
  std::uint16_t port = 8080;
  std::string path = "/v1/chat/completions";
  std::string key;
  std::string body_file;
  std::size_t connections = 64;
  double seconds = 2;
  double warmup = 0.3;
  double rate = 1000;
  int expect = 200;
  int events = 0;  // of each stream; 0 = do not check
};

// What makes each request a text that nobody has seen before.
constexpr std::string_view kNumber = "########";

struct Connection {
  int fd = -1;
  bool busy = false;
  std::int64_t started = 0;  // when the request was sent, or was due
  bool first_event = true;
  class Load* load = nullptr;
  ResponseReader reader;
};

class Load {
 public:
  Load(const Options& options, std::string request) : options_(options), request_(std::move(request)) {
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(options.connections);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    for (const auto& connection : connections_) {
      if (connection && connection->fd >= 0) close(connection->fd);
    }
    close(epoll_);
  }

  bool connect_all() {
    for (auto& connection : connections_) {
      connection = std::make_unique<Connection>();
      connection->load = this;
      connection->reader.on_stamp(&Load::on_stamp, connection.get());
      if (!connect(*connection)) return false;
    }
    return true;
  }

  void run() {
    const std::int64_t begin = now_ns();
    measure_from_ = begin + static_cast<std::int64_t>(options_.warmup * 1e9);
    end_ = measure_from_ + static_cast<std::int64_t>(options_.seconds * 1e9);
    if (options_.mode == "open") {
      next_due_ = begin;
      for (auto& connection : connections_) free_.push_back(connection.get());
    } else {
      for (auto& connection : connections_) send_request(*connection, now_ns());
    }
    while (now_ns() < end_) turn();
  }

  void report() {
    const auto print = [](const char* name, double value) { std::printf("%s %.3f\n", name, value); };
    print("answers", static_cast<double>(answers_));
    print("measured", static_cast<double>(latency_.count()));
    print("rps", static_cast<double>(latency_.count()) / options_.seconds);
    print("unexpected", static_cast<double>(unexpected_));
    print("errors", static_cast<double>(errors_));
    print("p50_us", latency_.percentile(0.50));
    print("p99_us", latency_.percentile(0.99));
    print("max_us", latency_.percentile(1.0));
    print("events", static_cast<double>(events_));
    print("events_measured", static_cast<double>(one_way_.count()));
    print("bad_streams", static_cast<double>(bad_streams_));
    print("event_p50_us", one_way_.percentile(0.50));
    print("event_p99_us", one_way_.percentile(0.99));
    print("event_max_us", one_way_.percentile(1.0));
    print("ttft_p50_us", first_event_.percentile(0.50));
    print("late", static_cast<double>(due_.size()));
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto milliseconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_usec) / 1e3;
    };
    print("own_cpu_ms", milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime));
  }

 private:
  static void on_stamp(void* context, std::int64_t sent_ns) {
    Connection& connection = *static_cast<Connection*>(context);
    Load& load = *connection.load;
    const std::int64_t now = now_ns();
    ++load.events_;
    if (connection.started >= load.measure_from_ && connection.first_event)
      load.first_event_.add(now - connection.started);
    connection.first_event = false;
    if (now >= load.measure_from_) load.one_way_.add(now - sent_ns);
  }

  bool connect(Connection& connection) {
    connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(options_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int one = 1;
    setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      std::perror("connect");
      return false;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.ptr = &connection;
    return epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) == 0;
  }

  void send_request(Connection& connection, std::int64_t started) {
    connection.busy = true;
    connection.first_event = true;
    connection.started = started;
    connection.reader.restart();
    // Requests are small against the socket buffer: a blocking send does not block.
    if (number_at_ != std::string::npos) {
      auto digits = ++numbered_;
      for (std::size_t i = kNumber.size(); i-- > 0; digits /= 10) request_[number_at_ + i] = static_cast<char>('0' + digits % 10);
    }
    if (send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request_.size())) {
      reconnect(connection);
    }
  }

  void reconnect(Connection& connection) {
    ++errors_;
    close(connection.fd);
    connection.fd = -1;
    connection.busy = false;
    if (errors_ < 1000 && connect(connection)) idle_again(connection);
  }

  void turn() {
    std::int64_t wait = end_ - now_ns();
    if (options_.mode == "open") {
      send_due();
      wait = std::min(wait, next_due_ - now_ns());
    }
    wait = std::max<std::int64_t>(wait, 0);
    timespec timeout{static_cast<time_t>(wait / 1'000'000'000), static_cast<long>(wait % 1'000'000'000)};
    std::array<epoll_event, 256> events;
    const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    for (int i = 0; i < count; ++i) receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
  }

  void send_due() {
    const std::int64_t now = now_ns();
    while (next_due_ <= now) {
      due_.push_back(next_due_);
      next_due_ += static_cast<std::int64_t>(1e9 / options_.rate);
    }
    while (!due_.empty() && !free_.empty()) {
      Connection& connection = *free_.back();
      free_.pop_back();
      const std::int64_t due = due_.front();
      due_.pop_front();
      send_request(connection, due);
    }
  }

  void receive(Connection& connection) {
    const ssize_t got = recv(connection.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      if (options_.mode == "idle" && !connection.busy) {
        ++errors_;
        close(connection.fd);
        connection.fd = -1;
        return;
      }
      return reconnect(connection);
    }
    if (!connection.busy) return;
    if (connection.reader.feed({buffer_.data(), static_cast<std::size_t>(got)})) complete(connection);
    if (connection.reader.broken()) reconnect(connection);
  }

  void complete(Connection& connection) {
    const std::int64_t now = now_ns();
    ++answers_;
    connection.busy = false;
    if (connection.reader.status() != options_.expect) ++unexpected_;
    if (connection.started >= measure_from_) latency_.add(now - connection.started);
    if (options_.mode == "stream") {
      const bool whole = connection.reader.saw_done() && connection.reader.saw_usage() &&
                         (options_.events == 0 || connection.reader.stamps() == options_.events);
      if (!whole) ++bad_streams_;
    }
    if (!connection.reader.keep_alive()) {
      close(connection.fd);
      connection.fd = -1;
      if (!connect(connection)) return;
    }
    idle_again(connection);
  }

  void idle_again(Connection& connection) {
    if (options_.mode == "open") {
      free_.push_back(&connection);
      send_due();
    } else if (options_.mode != "idle") {
      send_request(connection, now_ns());
    }
  }

  const Options& options_;
  std::string request_;
  const std::size_t number_at_ = request_.find(kNumber);
  std::uint64_t numbered_ = 0;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> free_;
  std::deque<std::int64_t> due_;
  std::int64_t next_due_ = 0;
  std::int64_t measure_from_ = 0;
  std::int64_t end_ = 0;
  std::array<char, 256 * 1024> buffer_{};
  Samples latency_;
  Samples one_way_;
  Samples first_event_;
  std::int64_t answers_ = 0;
  std::int64_t events_ = 0;
  std::int64_t unexpected_ = 0;
  std::int64_t errors_ = 0;
  std::int64_t bad_streams_ = 0;
};

std::string request_of(const Options& options) {
  std::string body;
  if (!options.body_file.empty()) {
    std::ifstream in(options.body_file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    body = text.str();
  }
  std::string request = (body.empty() ? "GET " : "POST ") + options.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!options.key.empty()) request += "Authorization: Bearer " + options.key + "\r\n";
  if (!body.empty()) {
    request += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return request + "\r\n" + body;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("HTTP load generator for 127.0.0.1");
  app.add_option("--mode", options.mode)->check(CLI::IsMember({"closed", "open", "stream", "idle"}));
  app.add_option("--port", options.port)->required();
  app.add_option("--path", options.path);
  app.add_option("--key", options.key, "API key, sent as Bearer");
  app.add_option("--body", options.body_file, "file with the JSON to POST, in which ######## becomes each request's number; without it: GET");
  app.add_option("--connections", options.connections)->check(CLI::Range(1, 20000));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.1, 600.0));
  app.add_option("--warmup", options.warmup)->check(CLI::Range(0.0, 60.0));
  app.add_option("--rate", options.rate, "requests a second (open)")->check(CLI::Range(1.0, 1e6));
  app.add_option("--expect", options.expect, "status that counts as right");
  app.add_option("--events", options.events, "events that each stream must have");
  CLI11_PARSE(app, argc, argv);

  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  Load load(options, request_of(options));
  if (!load.connect_all()) return 1;
  load.run();
  load.report();
  return 0;
}

}  // namespace
}  // namespace ktl::bench

int main(int argc, char** argv) {
  return ktl::bench::run(argc, argv);
}
