#pragma once
// For pages that change something without the desk: who asks, and the entry in the log of changes.
#include <string>
#include <string_view>

#include "admin/page.h"
#include "net/task.h"

namespace ktl::admin {

// An admin key by its mask or name, "loopback", or "admin": never the key itself.
std::string who_asks(const Page& page);

// Writes the entry on another thread. A store that fails leaves a line in the log instead. `after`: JSON, or empty.
net::Task<void> note(Page& page, std::string_view action, std::string_view target, std::string_view after = {});

}  // namespace ktl::admin
