#pragma once
// Which version an engine is, from its own page about itself: what it does with a prompt depends on that.
#include <string>
#include <string_view>

#include "upstream/link.h"

namespace ktl::upstream {

// Asks the engine; empty if it does not say.
net::Task<std::string> ask_version(Link& link, Millis timeout);

// "version" of the top-level object; empty if there is none, or none that could be a version.
std::string read_version(std::string_view json);

}  // namespace ktl::upstream
