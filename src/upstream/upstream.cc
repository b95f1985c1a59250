#include "upstream/upstream.h"

namespace ktl::upstream {

std::string_view name_of(Health health) {
  switch (health) {
    case Health::unknown: return "unknown";
    case Health::up: return "healthy";
    case Health::down: return "unreachable";
  }
  return "unknown";
}

Upstream::Upstream(Options options, net::Address address)
    : options_(std::move(options)), address_(address), gate_(options_.in_flight) {}

Result<std::unique_ptr<Upstream>> Upstream::create(Options options) {
  auto addresses = net::resolve(options.host, options.port);
  if (!addresses) return tl::unexpected(addresses.error());
  const net::Address address = addresses->front();
  return std::unique_ptr<Upstream>(new Upstream(std::move(options), address));
}

std::string Upstream::version() const {
  const std::lock_guard lock(version_mutex_);
  return version_;
}

void Upstream::note_version(std::string version) {
  const std::lock_guard lock(version_mutex_);
  version_ = std::move(version);
}

Upstream* choose(const std::vector<Upstream*>& candidates, const Upstream* skip) {
  if (candidates.size() == 1) return candidates.front() == skip ? nullptr : candidates.front();
  Upstream* best = nullptr;
  std::int64_t best_load = 0;
  bool best_down = false;
  for (Upstream* candidate : candidates) {
    if (candidate == skip) continue;
    const bool down = candidate->health() == Health::down;
    const std::int64_t load =
        (candidate->gate().running() + candidate->gate().waiting()) * 1024 / std::max<std::int64_t>(1, candidate->options().weight);
    if (best == nullptr || (best_down && !down) || (best_down == down && load < best_load)) {
      best = candidate;
      best_load = load;
      best_down = down;
    }
  }
  return best;
}

}  // namespace ktl::upstream
