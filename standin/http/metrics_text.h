#pragma once
// GET /metrics: the part of the real server's Prometheus text that dashboards and gateways read.
#include <string>

#include "standin/http/standin.h"

namespace ktl::standin {

std::string metrics_text(Standin& standin);

}  // namespace ktl::standin
