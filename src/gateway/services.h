#pragma once
// What the journey uses. References only: everything is built and owned by app/wiring.
#include "base/clock.h"
#include "base/rng.h"
#include "gateway/accounting.h"
#include "gateway/catalogue.h"
#include "gateway/expected_output.h"
#include "gateway/metrics.h"
#include "gateway/options.h"
#include "net/event_loop.h"
#include "net/offload.h"
#include "protocol/request_inspector.h"
#include "telemetry/access_log.h"
#include "telemetry/log.h"
#include "upstream/link.h"

namespace ktl::gateway {

// Shared by all loops; every member is thread-safe.
struct Services {
  const Options& options;
  const Clock& clock;
  Accounting& accounting;
  CatalogueHolder& catalogue;
  ExpectedOutput& expected_output;
  Metrics& metrics;
  telemetry::Log& log;
  telemetry::AccessLog* access_log;  // nullptr: off
  const std::atomic<bool>& draining;
  net::Offload& offload;  // for what would hold up a loop: counting long texts
};

// One loop's own.
struct LoopServices {
  explicit LoopServices(Services& shared_services, net::EventLoop& event_loop, Rng random)
      : shared(shared_services), loop(event_loop), rng(random), links(event_loop) {}

  Services& shared;
  net::EventLoop& loop;
  Rng rng;
  upstream::Links links;
  std::unique_ptr<quota::SharedLimits> shared_limits;  // null: the limits are this gateway's own
  protocol::RequestInspector inspector;
  std::int64_t violation_second = 0;  // lines about violations are bounded: how many in this second, and how many not
  std::int64_t violations_logged = 0;
  std::int64_t violations_unlogged = 0;
  // Scratch for what is about to be sent: header lines and body. Not kept across a suspension.
  std::string headers;
  std::string out;
};

}  // namespace ktl::gateway
