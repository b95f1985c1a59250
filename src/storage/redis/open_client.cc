#include <utility>

#include "storage/redis/cluster_client.h"
#include "storage/redis/single_client.h"

namespace ktl::storage::redis {

Result<std::unique_ptr<Client>> open_client(net::EventLoop& loop, const Url& url, const ClientOptions& options,
                                            Rng rng) {
  std::shared_ptr<TlsContext> tls;
  if (url.tls) {
    auto context = TlsContext::create(options);
    if (!context) return tl::unexpected(context.error());
    tls = std::move(*context);
  }
  std::vector<Target> targets;
  for (const HostPort& host : url.hosts) {
    auto addresses = net::resolve(host.host, host.port);
    if (!addresses) return fail(addresses.error().code, ErrorSource::storage, addresses.error().message, Retry::yes);
    targets.push_back({host, std::move(*addresses)});
  }
  Login login{url.user, url.password, url.database, options.name, false};
  if (url.cluster)
    return std::make_unique<ClusterClient>(loop, std::move(targets), std::move(login), options, std::move(tls), rng);
  return std::make_unique<SingleClient>(loop, std::move(targets.front()), std::move(login), options, std::move(tls),
                                        rng);
}

}  // namespace ktl::storage::redis
