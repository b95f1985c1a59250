#pragma once
// Which engines serve which models: those that name them, or name none at all.
#include <algorithm>

#include "config/config.h"

namespace ktl::config {

inline bool serves(const Upstream& upstream, const Model& model) {
  const auto& served = upstream.models;
  return served.empty() || std::find(served.begin(), served.end(), model.alias) != served.end();
}

}  // namespace ktl::config
