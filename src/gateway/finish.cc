// Every request ends here: its numbers, and its one line in the access log.
#include "gateway/phases.h"

namespace ktl::gateway {

void finish(Exchange& x) {
  Services& services = x.shared();
  const auto micros = [&x](MonoTime until) {
    return std::chrono::duration_cast<std::chrono::microseconds>(until - x.started);
  };
  const auto total = micros(x.on.loop.now());
  if (x.status == 0) x.status = 499;
  if (x.status == 499) services.metrics.clients_left.add();
  services.metrics.requests(x.endpoint, x.status).add();
  services.metrics.duration.observe(total.count());
  if (x.model != nullptr) {
    x.model->metrics->requests.add();
    if (x.first_token && x.stream) x.model->metrics->first_token.observe(micros(*x.first_token).count());
  }
  if (services.access_log == nullptr) return;

  telemetry::AccessEntry entry;
  entry.at = x.arrived;
  entry.request_id = x.id.view();
  entry.trace_id = x.trace.trace();
  if (x.principal != nullptr) {
    entry.user = x.principal->user_name;
    entry.key_mask = x.principal->key_name;
  }
  entry.method = x.http.head().method;
  entry.path = x.http.head().path;
  entry.status = x.status;
  entry.total = total;
  entry.outcome = x.outcome;
  entry.limit = x.limit;
  entry.upstream = x.upstream_name;
  if (x.model != nullptr) {
    entry.model = x.model->alias;
    entry.prompt_tokens = x.usage.total() > 0 ? x.usage.prompt : x.prompt_tokens;
    entry.completion_tokens = x.usage.completion;
    entry.cached_tokens = x.usage.cached;
    entry.stream = x.stream;
    entry.reserved_tokens = x.reserve_tokens;
  }
  entry.queued = x.queued;
  if (x.first_token) entry.ttft = micros(*x.first_token);
  services.access_log->write(entry);
}

}  // namespace ktl::gateway
