#include "storage/redis/tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace ktl::storage::redis {
namespace {

constexpr std::size_t kMaxWrite = 16 * 1024;  // one TLS record

// The innermost reason that OpenSSL gives, and the queue emptied.
std::string openssl_reason() {
  std::string reason = "unknown reason";
  for (unsigned long code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    if (const char* text = ERR_reason_error_string(code); text != nullptr) reason = text;
  }
  return reason;
}

tl::unexpected<Error> bad_file(const std::string& what, const std::string& file) {
  return fail(ErrorCode::invalid, ErrorSource::storage,
              "redis TLS: cannot use the " + what + " '" + file + "': " + openssl_reason());
}

bool is_address(const std::string& host) {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
  ASN1_OCTET_STRING_free(address);
  ERR_clear_error();
  return address != nullptr;
}

// SNI: what SSL_set_tlsext_host_name does, whose macro casts in the old style.
void announce_name(SSL* ssl, std::string host) {
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::create(const ClientOptions& options) {
  ERR_clear_error();
  SSL_CTX* raw = SSL_CTX_new(TLS_client_method());
  KTL_CHECK(raw != nullptr, "OpenSSL gives a client context");
  std::shared_ptr<TlsContext> context(new TlsContext(raw, !options.insecure));
  SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_verify(raw, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (!options.ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(raw, options.ca_file.c_str(), nullptr) != 1)
      return bad_file("CA file", options.ca_file);
  } else if (SSL_CTX_set_default_verify_paths(raw) != 1) {
    return fail(ErrorCode::invalid, ErrorSource::storage, "redis TLS: the system's authorities cannot be read");
  }
  if (!options.certificate_file.empty() &&
      SSL_CTX_use_certificate_chain_file(raw, options.certificate_file.c_str()) != 1)
    return bad_file("certificate", options.certificate_file);
  if (!options.key_file.empty() && (SSL_CTX_use_PrivateKey_file(raw, options.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
                                    SSL_CTX_check_private_key(raw) != 1))
    return bad_file("private key", options.key_file);
  return context;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

TlsSession::TlsSession(std::shared_ptr<TlsContext> context, const std::string& host)
    : context_(std::move(context)),
      ssl_(SSL_new(context_->context_)),
      from_peer_(BIO_new(BIO_s_mem())),
      to_peer_(BIO_new(BIO_s_mem())) {
  KTL_CHECK(ssl_ != nullptr && from_peer_ != nullptr && to_peer_ != nullptr, "OpenSSL gives a session");
  SSL_set_bio(ssl_, from_peer_, to_peer_);
  SSL_set_connect_state(ssl_);
  const bool address = is_address(host);
  if (!address) announce_name(ssl_, host);
  if (!context_->verify_) return;
  X509_VERIFY_PARAM* expected = SSL_get0_param(ssl_);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int set = address ? X509_VERIFY_PARAM_set1_ip_asc(expected, host.c_str())
                          : X509_VERIFY_PARAM_set1_host(expected, host.c_str(), host.size());
  KTL_CHECK(set == 1, "the name that a certificate must bear can be set");
}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
}

void TlsSession::take_output(std::string& wire) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(to_peer_, &bytes);
  if (size > 0) wire.append(bytes, static_cast<std::size_t>(size));
  BIO_reset(to_peer_);
}

tl::unexpected<Error> TlsSession::problem(int ssl_error) {
  std::string why;
  if (const long verdict = SSL_get_verify_result(ssl_); context_->verify_ && verdict != X509_V_OK) {
    why = std::string("the server's certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
    ERR_clear_error();
  } else if (ssl_error == SSL_ERROR_ZERO_RETURN) {
    why = "the server ended the session";
  } else {
    why = openssl_reason();
  }
  return fail(ErrorCode::unavailable, ErrorSource::storage, "TLS: " + why);
}

Result<void> TlsSession::handshake(std::string& wire) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  take_output(wire);
  if (result == 1) {
    established_ = true;
    return {};
  }
  const int error = SSL_get_error(ssl_, result);
  if (error == SSL_ERROR_WANT_READ) return {};
  return problem(error);
}

void TlsSession::receive(std::string_view from_peer) {
  while (!from_peer.empty()) {
    const int piece = static_cast<int>(std::min<std::size_t>(from_peer.size(), 1 << 20));
    const int taken = BIO_write(from_peer_, from_peer.data(), piece);
    KTL_CHECK(taken > 0, "a memory BIO takes bytes");
    from_peer.remove_prefix(static_cast<std::size_t>(taken));
  }
}

Result<void> TlsSession::decrypt(std::string& plain, std::string& wire) {
  std::array<char, kMaxWrite> record;
  for (;;) {
    ERR_clear_error();
    const int got = SSL_read(ssl_, record.data(), static_cast<int>(record.size()));
    if (got > 0) {
      plain.append(record.data(), static_cast<std::size_t>(got));
      continue;
    }
    const int error = SSL_get_error(ssl_, got);
    take_output(wire);  // answers to key updates
    if (error == SSL_ERROR_WANT_READ) return {};
    return problem(error);
  }
}

Result<void> TlsSession::encrypt(std::string_view plain, std::string& wire) {
  while (!plain.empty()) {
    ERR_clear_error();
    const int piece = static_cast<int>(std::min<std::size_t>(plain.size(), kMaxWrite));
    const int taken = SSL_write(ssl_, plain.data(), piece);
    if (taken <= 0) return problem(SSL_get_error(ssl_, taken));
    plain.remove_prefix(static_cast<std::size_t>(taken));
    take_output(wire);
  }
  return {};
}

}  // namespace ktl::storage::redis
