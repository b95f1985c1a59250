// GET /metrics/engine/{name}: what an engine itself tells Prometheus, passed on as it is, so that a scraper that
// reaches only the gateway reaches the engines' numbers, too.
#include <algorithm>

#include "admin/messages.h"
#include "admin/pages.h"
#include "telemetry/prometheus_text.h"

namespace ktl::admin {
namespace {

constexpr Millis kPatience{5'000};
constexpr std::size_t kMaxText = 16 << 20;

}  // namespace

net::Task<Answer> engine_metrics(Page& page) {
  const auto& engines = page.state.services.upstreams;
  const auto found =
      std::find_if(engines.begin(), engines.end(), [&](const auto* engine) { return engine->name() == page.rest; });
  if (found == engines.end()) co_return answer_of(unknown_engine(page.language, page.rest));
  upstream::Link& link = page.on.links.to(**found);
  auto answer = co_await link.fetch("GET", "/metrics", {}, upstream::Link::Key::normal, kPatience, kMaxText);
  if (!answer || answer->status != 200) co_return answer_of(engine_tells_nothing(page.language, page.rest));
  co_return Answer{.content_type = std::string(telemetry::kPrometheusContentType), .body = std::move(answer->body)};
}

}  // namespace ktl::admin
