#pragma once
// What scopes are called in messages: users, groups and models by name, keys masked. The names themselves stand
// elsewhere in the picture that this belongs to, which must live as long.
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"

namespace ktl::gateway {

class ScopeNames {
 public:
  // Of two names for the same scope the later one counts.
  void add(ScopeId scope, std::string_view name) { names_.emplace_back(scope, name); }
  void finish();  // once, when all are there; before any find()

  // Empty if nobody named it. Any thread.
  std::string_view find(ScopeId scope) const;

 private:
  std::vector<std::pair<ScopeId, std::string_view>> names_;  // by scope
};

}  // namespace ktl::gateway
