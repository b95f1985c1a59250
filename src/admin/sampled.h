#pragma once
// The gauges whose values others hold, and that are asked for at each scrape.
#include "admin/admin.h"

namespace ktl::admin {

void register_sampled(const AdminServices& services);

}  // namespace ktl::admin
