#pragma once
// TLS as a filter on bytes (OpenSSL over memory BIOs): no sockets, no waiting. One context for all connections of a
// client; one session for each connection.
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/redis/client.h"

struct ssl_ctx_st;
struct ssl_st;
struct bio_st;

namespace ktl::storage::redis {

class TlsContext {
 public:
  // TLS 1.2 or newer. The server's certificate is verified unless options.insecure. Error: invalid, naming the file.
  static Result<std::shared_ptr<TlsContext>> create(const ClientOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

 private:
  friend class TlsSession;
  TlsContext(ssl_ctx_st* context, bool verify) : context_(context), verify_(verify) {}
  ssl_ctx_st* context_;
  bool verify_;
};

// The client's side of one connection. What it has to send is appended to the `wire` string that is handed in.
class TlsSession {
 public:
  // `host` is the name or the address that the certificate must bear; a name is also told to the server (SNI).
  TlsSession(std::shared_ptr<TlsContext> context, const std::string& host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // Begins or goes on with the handshake. Error: unavailable, saying why the server is not believed.
  Result<void> handshake(std::string& wire);
  bool established() const { return established_; }

  // Takes bytes that came from the peer. The plain text they hold is appended to `plain`; until established() call
  // handshake() after it. Error: unavailable, if the session is broken or ended.
  void receive(std::string_view from_peer);
  Result<void> decrypt(std::string& plain, std::string& wire);
  // Requires established().
  Result<void> encrypt(std::string_view plain, std::string& wire);

 private:
  void take_output(std::string& wire);
  tl::unexpected<Error> problem(int ssl_error);

  std::shared_ptr<TlsContext> context_;
  ssl_st* ssl_;
  bio_st* from_peer_;  // owned by ssl_
  bio_st* to_peer_;    // owned by ssl_
  bool established_ = false;
};

}  // namespace ktl::storage::redis
