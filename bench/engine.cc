// A fixed engine for benchmarks: the cheapest upstream that still has SGLang's shapes. Every chat answer is the same
// 658 bytes, or a stream of --events events; every event carries its send time, so that a load generator can tell how
// long it was on its way. No model, no batching, no books: for all that there is sglang-standin. A request whose body
// holds "pace20" gets its events 20 ms apart; otherwise they are sent back to back.
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
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <queue>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/response_reader.h"

namespace ktl::bench {
namespace {

constexpr std::int64_t kPace = 20'000'000;

std::int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

std::string with_length(std::string_view status, std::string_view body) {
  return "HTTP/1.1 " + std::string(status) + "\r\nserver: uvicorn\r\ncontent-length: " + std::to_string(body.size()) +
         "\r\ncontent-type: application/json\r\n\r\n" + std::string(body);
}

struct Connection {
  int fd = -1;
  std::uint64_t serial = 0;  // a timer of a connection that is gone finds another serial, or none
  std::string received;
  int events_left = 0;
  bool usage_asked = false;
  bool usage_in_events = false;
};

struct Due {
  std::int64_t at;
  std::uint64_t serial;
  bool operator>(const Due& other) const { return at > other.at; }
};

class Engine {
 public:
  explicit Engine(int events) : events_(events) {
    std::string text = "안녕하세요! 저는 여러분을 돕는 인공지능입니다. 무엇을 도와드릴까요? ";
    std::string content;
    while (content.size() + text.size() <= 360) content += text;
    answer_ = with_length("200 OK",
                          R"({"id":"0123456789abcdef0123456789abcdef","object":"chat.completion","created":1790000000,)"
                          R"("model":"qwen","choices":[{"index":0,"message":{"role":"assistant","content":")" +
                              content +
                              R"(","reasoning_content":null,"tool_calls":null},"logprobs":null,"finish_reason":"stop",)"
                              R"("matched_stop":151645}],"usage":{"prompt_tokens":190,"total_tokens":254,)"
                              R"("completion_tokens":64,"prompt_tokens_details":null,"reasoning_tokens":0},)"
                              R"("metadata":{"weight_version":"default"}})");
    other_ = with_length("200 OK", R"({"object":"list","data":[{"id":"qwen","object":"model","created":1790000000,)"
                                   R"("owned_by":"sglang","root":"qwen","parent":null,"max_model_len":8192}]})");
  }

  // Returns the port, or 0.
  int listen(int port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int one = 1;
    setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 4096) != 0) return 0;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    watch(listener_, 0);
    return ntohs(address.sin_port);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = wait(events);
      for (int i = 0; i < count; ++i) {
        const std::uint64_t serial = events[static_cast<std::size_t>(i)].data.u64;
        if (serial == 0) {
          accept_all();
        } else if (const auto found = connections_.find(serial); found != connections_.end()) {
          receive(*found->second);
        }
      }
      send_due();
    }
  }

 private:
  int wait(std::array<epoll_event, 256>& events) {
    if (due_.empty()) return epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    const std::int64_t left = std::max<std::int64_t>(due_.top().at - now_ns(), 0);
    const timespec timeout{static_cast<time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
    return epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
  }

  void watch(int fd, std::uint64_t serial) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = serial;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept_all() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int one = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      auto connection = std::make_unique<Connection>();
      connection->fd = fd;
      connection->serial = ++last_serial_;
      watch(fd, connection->serial);
      connections_[connection->serial] = std::move(connection);
    }
  }

  void drop(Connection& connection) {
    close(connection.fd);
    connections_.erase(connection.serial);
  }

  void receive(Connection& connection) {
    const ssize_t got = recv(connection.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return drop(connection);
    connection.received.append(buffer_.data(), static_cast<std::size_t>(got));
    const std::size_t head_end = connection.received.find("\r\n\r\n");
    if (head_end == std::string::npos) return;
    const std::size_t length = content_length(std::string_view(connection.received).substr(0, head_end));
    if (connection.received.size() < head_end + 4 + length) return;
    answer(connection, std::string_view(connection.received).substr(0, head_end + 4 + length));
  }

  static std::size_t content_length(std::string_view head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const std::size_t at = head.find(name);
      if (at == std::string_view::npos) continue;
      std::size_t length = 0;
      std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
      return length;
    }
    return 0;
  }

  void answer(Connection& connection, std::string_view request) {
    const bool is_chat = request.starts_with("POST /v1/chat/completions");
    const bool is_stream = is_chat && request.find("\"stream\":true") != std::string_view::npos;
    const bool is_paced = is_stream && request.find("pace20") != std::string_view::npos;
    connection.usage_asked = is_stream && request.find("\"include_usage\":true") != std::string_view::npos;
    connection.usage_in_events = is_stream && request.find("\"continuous_usage_stats\":true") != std::string_view::npos;
    connection.received.clear();
    if (!is_stream) {
      send_all(connection, is_chat ? answer_ : other_);
      return;
    }
    connection.events_left = events_;
    if (!send_all(connection,
                  "HTTP/1.1 200 OK\r\nserver: uvicorn\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
                  "transfer-encoding: chunked\r\n\r\n")) {
      return;
    }
    if (is_paced) {
      due_.push({now_ns(), connection.serial});
      return;
    }
    while (connection.events_left > 0 && send_event(connection)) {
    }
    if (connection.events_left == 0) end_stream(connection);
  }

  void send_due() {
    const std::int64_t now = now_ns();
    while (!due_.empty() && due_.top().at <= now) {
      const Due due = due_.top();
      due_.pop();
      const auto found = connections_.find(due.serial);
      if (found == connections_.end()) continue;
      Connection& connection = *found->second;
      if (!send_event(connection)) continue;
      if (connection.events_left == 0) {
        end_stream(connection);
      } else {
        due_.push({due.at + kPace, due.serial});
      }
    }
  }

  bool send_event(Connection& connection) {
    --connection.events_left;
    std::array<char, kStampDigits + 1> stamp;
    std::snprintf(stamp.data(), stamp.size(), "%019lld", static_cast<long long>(now_ns()));
    std::string event =
        R"(data: {"id":"0123456789abcdef0123456789abcdef","object":"chat.completion.chunk","created":1790000000,)"
        R"("model":"qwen","choices":[{"index":0,"delta":{"reasoning_content":null,)";
    event += kStampMark;
    event += stamp.data();
    event += R"( 토큰"},"logprobs":null,"finish_reason":null,"matched_stop":null}])";
    if (connection.usage_in_events) {
      const int done = events_ - connection.events_left;
      event += R"(,"usage":{"prompt_tokens":190,"total_tokens":)" + std::to_string(190 + done) +
               R"(,"completion_tokens":)" + std::to_string(done) +
               R"(,"prompt_tokens_details":null,"reasoning_tokens":0})";
    }
    event += "}\n\n";
    return send_chunk(connection, event);
  }

  void end_stream(Connection& connection) {
    if (connection.usage_asked) {
      const std::string usage =
          R"(data: {"id":"0123456789abcdef0123456789abcdef","object":"chat.completion.chunk","created":1790000000,)"
          R"("model":"qwen","choices":[],"usage":{"prompt_tokens":190,"total_tokens":)" +
          std::to_string(190 + events_) + R"(,"completion_tokens":)" + std::to_string(events_) +
          R"(,"prompt_tokens_details":null,"reasoning_tokens":0}})"
          "\n\n";
      if (!send_chunk(connection, usage)) return;
    }
    if (send_chunk(connection, "data: [DONE]\n\n")) send_all(connection, "0\r\n\r\n");
  }

  bool send_chunk(Connection& connection, std::string_view data) {
    std::array<char, 20> size;
    const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", data.size());
    std::string chunk(size.data(), static_cast<std::size_t>(digits));
    chunk += data;
    chunk += "\r\n";
    return send_all(connection, chunk);
  }

  // A blocking send: a proxy that stops reading for long would stall the engine, and be seen.
  bool send_all(Connection& connection, std::string_view data) {
    while (!data.empty()) {
      const ssize_t sent = send(connection.fd, data.data(), data.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) {
        drop(connection);
        return false;
      }
      data.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  const int events_;
  int listener_ = -1;
  int epoll_ = -1;
  std::uint64_t last_serial_ = 0;
  std::string answer_;
  std::string other_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::array<char, 64 * 1024> buffer_{};
};

int run(int argc, char** argv) {
  int port = 0;
  int events = 64;
  std::string port_file;
  CLI::App app("Fixed engine for benchmarks");
  app.add_option("--port", port, "0 = a free one");
  app.add_option("--events", events, "events of a stream")->check(CLI::Range(1, 1'000'000));
  app.add_option("--port-file", port_file, "the port is written here");
  CLI11_PARSE(app, argc, argv);

  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  Engine engine(events);
  port = engine.listen(port);
  if (port == 0) {
    std::perror("bench_engine: listen");
    return 1;
  }
  if (!port_file.empty()) std::ofstream(port_file) << port << "\n";
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  engine.run();
}

}  // namespace
}  // namespace ktl::bench

int main(int argc, char** argv) {
  return ktl::bench::run(argc, argv);
}
