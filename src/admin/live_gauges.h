#pragma once
// What the newest sample knows of engines and GPUs, as gauges of /metrics. What is not known is NaN.
#include <functional>
#include <string_view>

#include "admin/live_feed.h"
#include "telemetry/registry.h"

namespace ktl::admin {

class LiveGauges {
 public:
  // Both outlive the registry's scrapes. `engines` are the names, in the order of the samples.
  LiveGauges(telemetry::Registry& registry, const LiveFeed& feed, const std::vector<std::string>& engines);

  // Cards are met while the program runs. Call it with every sample, on one thread.
  void meet(const monitor::Sample& sample);

 private:
  using EngineFigure = std::function<std::optional<double>(const monitor::EngineSample&)>;
  using GpuFigure = std::function<std::optional<double>(const gpu::Gpu&)>;
  void engine_gauge(std::string_view name, std::string_view help, const EngineFigure& figure);
  void add_gpu(const gpu::Gpu& gpu);

  telemetry::Registry& registry_;
  const LiveFeed& feed_;
  const std::vector<std::string> engines_;
  std::size_t gpus_ = 0;  // that have gauges
};

}  // namespace ktl::admin
