#pragma once
// For the tests: a stand-in on a loop of its own thread, and a blocking HTTP/1.1 client that reads the wire byte by
// byte and knows nothing of net/.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "standin/http/standin.h"

namespace ktl::standin {

struct Answered {
  int status = 0;
  std::string head;    // lower-case as sent, with its blank line
  std::string body;    // de-chunked
  bool whole = false;  // ended as its framing says
  std::size_t chunks = 0;
};

// Times are free in the specification: "created":1790000000 becomes "created":T.
inline std::string without_times(std::string text) {
  for (const std::string_view key : {"\"created\":", "\"created_at\":", "\"timestamp\":"}) {
    for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos;) {
      at += key.size();
      const std::size_t end = text.find_first_of(",}", at);
      text.replace(at, end - at, "T");
    }
  }
  return text;
}

inline std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string_view::npos; at += what.size()) ++count;
  return count;
}

class Client {
 public:
  explicit Client(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    timeval limit{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    const auto* raw = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    EXPECT_EQ(::connect(fd_, raw, sizeof address), 0);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(); }

  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  void send(std::string_view method, std::string_view path, std::string_view body, std::string_view headers = {}) {
    std::string out;
    out.append(method).append(" ").append(path).append(" HTTP/1.1\r\nhost: x\r\n");
    if (!body.empty()) out.append("content-type: application/json\r\n");
    out.append("content-length: ").append(std::to_string(body.size())).append("\r\n");
    out.append(headers).append("\r\n").append(body);
    ASSERT_EQ(::send(fd_, out.data(), out.size(), MSG_NOSIGNAL), static_cast<ssize_t>(out.size()));
  }

  // Reads until `text` has come. False: the connection ended (or nothing came for too long) before.
  bool read_until(std::string_view text) {
    while (in_.find(text) == std::string::npos) {
      if (!more()) return false;
    }
    return true;
  }

  // Whether not a byte has come so far and the connection still stands.
  bool still_silent() const {
    char byte = 0;
    return in_.empty() && ::recv(fd_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  Answered read() {
    Answered answer;
    if (!read_until("\r\n\r\n")) return answer;
    const std::size_t head_end = in_.find("\r\n\r\n") + 4;
    answer.head = in_.substr(0, head_end);
    in_.erase(0, head_end);
    answer.status = std::stoi(answer.head.substr(9, 3));
    const std::size_t length = answer.head.find("content-length: ");
    if (length != std::string::npos) {
      const std::size_t size = std::stoul(answer.head.substr(length + 16));
      while (in_.size() < size && more()) {
      }
      answer.whole = in_.size() >= size;
      answer.body = in_.substr(0, size);
      in_.erase(0, size);
      return answer;
    }
    for (;;) {
      if (!read_until("\r\n")) return answer;
      const std::size_t size = std::stoul(in_, nullptr, 16);
      in_.erase(0, in_.find("\r\n") + 2);
      while (in_.size() < size + 2) {
        if (!more()) return answer;
      }
      answer.body += in_.substr(0, size);
      in_.erase(0, size + 2);
      if (size == 0) break;
      ++answer.chunks;
    }
    answer.whole = true;
    return answer;
  }

 private:
  bool more() {
    char bytes[16 * 1024];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    in_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }

  int fd_;
  std::string in_;
};

class StandinServer {
 public:
  explicit StandinServer(StandinOptions options) {
    standin_ = std::make_unique<Standin>(loop_, std::move(options), WallTime(std::chrono::seconds(1'790'000'000)));
    server_ = std::make_unique<net::HttpServer>(
        loop_, standin_->server_options(), [this](net::HttpExchange& exchange) { return standin_->handle(exchange); });
    const auto port = server_->listen("127.0.0.1", 0);
    EXPECT_TRUE(port.has_value());
    port_ = *port;
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~StandinServer() {
    loop_.post([this] { standin_->shut_down(*server_); });
    thread_.join();
  }
  StandinServer(const StandinServer&) = delete;
  StandinServer& operator=(const StandinServer&) = delete;

  int port() const { return port_; }

  Answered get(std::string_view path, std::string_view headers = {}) const {
    Client client(port_);
    client.send("GET", path, "", headers);
    return client.read();
  }
  Answered post(std::string_view path, std::string_view body, std::string_view headers = {}) const {
    Client client(port_);
    client.send("POST", path, body, headers);
    return client.read();
  }
  // Asks for the books until they hold `text`; the server works meanwhile.
  std::string books_with(std::string_view text, std::string_view query = {}) const {
    std::string body;
    for (int attempt = 0; attempt < 20'000; ++attempt) {
      body = get("/standin/books" + std::string(query)).body;
      if (body.find(text) != std::string::npos) return body;
    }
    ADD_FAILURE() << "the books never said " << text << ": " << body;
    return body;
  }

 private:
  net::EventLoop loop_;
  std::unique_ptr<Standin> standin_;
  std::unique_ptr<net::HttpServer> server_;
  std::thread thread_;
  int port_ = 0;
};

}  // namespace ktl::standin
