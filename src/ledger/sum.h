#pragma once
// A balance: what entries add up to. A release adds nothing; a settlement and an expiry add one request and their
// tokens; an adjustment adds tokens (of either sign) and no request.
#include <cstdint>

#include "base/usage.h"
#include "ledger/entry.h"

namespace ktl::ledger {

struct Sum {
  std::int64_t requests = 0;
  std::int64_t prompt = 0;
  std::int64_t completion = 0;

  std::int64_t tokens() const { return prompt + completion; }
  Sum& operator+=(const Sum& other) {
    requests += other.requests;
    prompt += other.prompt;
    completion += other.completion;
    return *this;
  }
  friend bool operator==(const Sum&, const Sum&) = default;
};

// Is usage owed for an entry of this kind?
constexpr bool owed(EntryKind kind) {
  return kind == EntryKind::settle || kind == EntryKind::expire || kind == EntryKind::adjust;
}

// What one entry adds to every balance of its charge's scopes.
constexpr Sum sum_of(EntryKind kind, const TokenUsage& usage) {
  if (!owed(kind)) return {};
  return {kind == EntryKind::adjust ? 0 : 1, usage.prompt, usage.completion};
}

}  // namespace ktl::ledger
