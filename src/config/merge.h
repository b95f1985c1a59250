#pragma once
// Several files as one: a later tree over an earlier one. Internal to config.
#include "config/node.h"

namespace ktl::config {

// Maps are merged key by key; anything else in `over` replaces. A key without a value in `over` changes nothing, except
// for an entry of users, api_keys, groups or models: that entry is removed.
void merge_over(Node& base, Node over);

}  // namespace ktl::config
