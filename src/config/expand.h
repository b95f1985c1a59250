#pragma once
// ${NAME} and ${NAME:-default} in the values and keys of a tree. Internal to config.
#include "config/findings.h"
#include "config/language.h"
#include "config/node.h"

namespace ktl::config {

// Replaces every reference in place. As in a shell, the default also stands in for an empty variable; a reference
// without default to a variable that is not set is a finding. `$${` becomes `${`. What a variable holds is not expanded
// again. A value that expands to nothing becomes null, as if it were not said.
void expand_variables(Node& node, const Environment& environment, Findings& findings);

}  // namespace ktl::config
