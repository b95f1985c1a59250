#pragma once
// The client of one server: one connection, all calls in order.
#include "storage/redis/connection.h"

namespace ktl::storage::redis {

class SingleClient final : public Client {
 public:
  SingleClient(net::EventLoop& loop, Target target, Login login, const ClientOptions& options,
               std::shared_ptr<TlsContext> tls, Rng rng);

  void call(std::string_view slot_key, std::span<const std::string_view> words, Done done) override;
  bool connected() const override { return connection_.open(); }
  void on_state(std::function<void(bool connected)> changed) override { changed_ = std::move(changed); }
  std::string problem() const override { return connection_.problem(); }

 private:
  net::EventLoop& loop_;
  Millis call_timeout_;
  std::function<void(bool)> changed_;
  bool connected_ = false;  // as last told
  Connection connection_;   // last: its destructor ends calls, which may call again
};

}  // namespace ktl::storage::redis
