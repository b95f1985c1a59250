#pragma once
// Shared limits on one event loop: asks Redis over the loop's own connection, and tells it how charges ended
// (quota/shared_limits.h). What could not be told at once is told again by the store (redis_store.h).
#include <memory>
#include <optional>

#include "quota/shared_limits.h"
#include "storage/redis/charge_calls.h"
#include "storage/redis/client.h"
#include "storage/redis/leasing.h"
#include "storage/redis/outbox.h"
#include "storage/redis/shared_state.h"

namespace ktl::storage::redis {

class RedisLimits final : public quota::SharedLimits {
 public:
  // `loop` and `state` outlive it; its charges may end after it (then the store tells). No `leases`: every request is
  // asked for.
  RedisLimits(net::EventLoop& loop, std::unique_ptr<Client> client, const Functions& functions, bool cluster,
              SharedState& state, std::optional<LeasePolicy> leases);
  ~RedisLimits() override;

  bool reachable() const override { return state_.reachable(); }
  std::int64_t gateways() const override { return state_.gateways(); }
  std::optional<quota::SharedAdmission> take(const quota::SharedAsk& ask) override;
  void reserve(const quota::SharedAsk& ask, std::function<void(Result<quota::SharedAnswer>)> done) override;
  void ended(ChargeId charge) override;
  void abandon(const quota::SharedAsk& ask, ChargeId lease) override;
  void look(std::span<const LimitedScope> scopes,
            std::function<void(Result<std::vector<quota::SharedUsage>>)> done) override;
  void on_leases(std::function<void(int more)> changed) override;

 private:
  struct Asked;
  net::Task<void> carry_out(Asked asked);
  net::Task<void> tell(OutboxCharge charge);
  net::Task<void> look_at(std::vector<LimitedScope> scopes,
                          std::function<void(Result<std::vector<quota::SharedUsage>>)> done);

  net::EventLoop& loop_;
  std::unique_ptr<Client> client_;
  const Functions functions_;
  const bool cluster_;
  SharedState& state_;
  std::optional<Leasing> leasing_;
};

// Tells Redis the whole ending of a charge; true once all of it is understood. Everything that it refers to outlives
// the task.
net::Task<bool> tell_ending(Client& client, const Functions& functions, const OutboxCharge& charge, bool cluster,
                            const LimitsOf& limits);

}  // namespace ktl::storage::redis
