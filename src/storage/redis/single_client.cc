#include "storage/redis/single_client.h"

#include <utility>

namespace ktl::storage::redis {

SingleClient::SingleClient(net::EventLoop& loop, Target target, Login login, const ClientOptions& options,
                           std::shared_ptr<TlsContext> tls, Rng rng)
    : loop_(loop),
      call_timeout_(options.call_timeout),
      connection_(loop, std::move(target), std::move(login), options, std::move(tls), rng, [this] {
        const bool now = connection_.open();
        if (std::exchange(connected_, now) != now && changed_) changed_(now);
      }) {}

void SingleClient::call(std::string_view, std::span<const std::string_view> words, Done done) {
  connection_.send(words, loop_.now() + call_timeout_, std::move(done));
}

}  // namespace ktl::storage::redis
