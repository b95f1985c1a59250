#include "upstream/health_probe.h"

#include "upstream/engine_version.h"

namespace ktl::upstream {

void HealthProbe::start() { link_.loop().spawn(ask(self_)); }

net::Task<void> HealthProbe::ask(std::weak_ptr<HealthProbe*> self) {
  Link& link = link_;
  auto answer = co_await link.fetch("GET", "/v1/models", {}, Link::Key::normal, options_.timeout);
  if (self.expired()) co_return;
  if (!answer || answer->status >= 500) {
    link.upstream().note_unreachable();
  } else {
    link.upstream().note_answered();
  }
  // Requests also find out about the health; whoever did, the change is reported here.
  const Health health = link.upstream().health();
  if (health == Health::up && reported_ != Health::up) {  // it may have come back as another version
    std::string version = co_await ask_version(link, options_.timeout);
    if (self.expired()) co_return;
    link.upstream().note_version(std::move(version));
  }
  if (health != reported_ && changed_) changed_(link.upstream());
  reported_ = health;
  link.loop().arm(next_, link.loop().now() + options_.interval, [this] { start(); });
}

}  // namespace ktl::upstream
