#pragma once
// One client connection: reads heads and bodies, runs the handler for each request in turn, writes responses.
// Private to net; handlers see HttpExchange.
#include <memory>
#include <string>

#include "net/address.h"
#include "net/byte_buffer.h"
#include "net/chunked_decoder.h"
#include "net/head_parser.h"
#include "net/http_server.h"
#include "net/socket.h"

namespace ktl::net {

class ServerConnection;

struct HttpServer::Impl {
  EventLoop& loop;
  ServerOptions options;
  Handler handler;
  bool draining = false;
  std::size_t active = 0;
  std::vector<ServerConnection*> connections;

  Impl(EventLoop& on, ServerOptions with, Handler call)
      : loop(on), options(std::move(with)), handler(std::move(call)) {}
};

class ServerConnection {
 public:
  ServerConnection(std::shared_ptr<HttpServer::Impl> server, int fd, const Address& peer);
  ~ServerConnection();
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  // Serves until the connection ends.
  Task<void> run();
  // Ends the wait for a next request, if that is what the connection does.
  void end_if_idle();

 private:
  friend class HttpExchange;
  friend class HttpServer;

  enum class HeadOutcome : std::uint8_t { parsed, ended };
  Task<HeadOutcome> read_head();
  Task<Result<std::string_view>> read_body(std::size_t max_bytes);
  Task<Result<std::string_view>> read_sized_body(std::size_t length);
  Task<Result<std::string_view>> read_chunked_body(std::size_t max_bytes);
  Task<Result<void>> receive(char* into, std::size_t size, std::size_t& got);
  Sending reply(int status, std::string_view header_lines, std::string_view body);
  Sending write(std::string_view data, bool last);
  Sending send_all(std::span<const iovec> parts);
  Task<bool> send_rest(std::string rest);
  Task<bool> deliver();
  Task<void> answer_error(int status, std::string_view reason);
  Task<void> linger();
  void start_stream(int status, std::string_view header_lines);
  void decide_reuse();
  std::string_view connection_line() const;
  bool unread_body_prevents_reuse() const;
  Task<void> finish_exchange();
  void reset_exchange();

  std::shared_ptr<HttpServer::Impl> server_;
  Socket socket_;
  Address peer_;
  ByteBuffer in_;

  // The current exchange.
  RequestHead head_;
  std::size_t head_bytes_ = 0;
  std::size_t body_bytes_in_buffer_ = 0;  // behind the head in in_, belonging to this request and already read
  std::unique_ptr<char[]> large_body_;
  std::string decoded_body_;
  std::string undecoded_;  // raw bytes of a chunked body, and what was received behind it
  bool body_taken_ = false;
  bool body_complete_ = false;
  int body_error_status_ = 0;
  std::string body_error_reason_;
  bool response_started_ = false;
  bool response_complete_ = false;
  bool streaming_ = false;
  bool write_failed_ = false;
  bool close_after_ = false;
  std::string stream_head_;  // of a stream whose first bytes are not sent yet
  bool idle_ = false;
};

}  // namespace ktl::net
