#pragma once
// An engine as the configuration describes it, in the words of upstream/.
#include "config/config.h"
#include "upstream/options.h"

namespace ktl::app {

upstream::Options upstream_options(const config::Upstream& from, const config::Timeouts& timeouts);

}  // namespace ktl::app
