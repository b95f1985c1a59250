// What an engine says about its load, in any form: /v1/loads and /metrics. Nonsense is silence, and never a number that
// is none.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "upstream/engine_reading.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::upstream;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  EngineReading loads;
  read_loads(text, loads);
  EngineReading metrics;
  read_metrics(text, metrics);
  KTL_CHECK(!loads.counters, "/v1/loads has no counters");
  for (const auto& value : {metrics.running, metrics.waiting, metrics.used_tokens})
    KTL_CHECK(!value || !std::isnan(*value), "a number is a number");
  return 0;
}
