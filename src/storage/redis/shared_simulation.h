#pragma once
// One seeded life of several gateways with one store, under an auditor, for tests. Everything is drawn from the seed:
// how many gateways, limits, pace, what the network does to messages, when the store goes away and what it forgets,
// when gateways die, are cut off, and come back, whether they lease, and whether they admit while the store is away.
#include <cstdint>
#include <optional>
#include <string>

#include "storage/redis/lua_host.h"

namespace ktl::storage::redis {

struct SharedLife {
  std::optional<std::string> finding;
  std::int64_t admitted = 0, refused = 0, undone = 0, leased = 0, from_leases = 0;
  std::int64_t expired = 0, adjusted = 0, booked = 0, told_again = 0;
  std::int64_t deaths = 0, outages = 0, forgotten = 0;
};

// How gateways may break the rules, for canaries.
enum class Careless {
  no,
  drops_unknown,       // books nothing that the store does not know
  forgets_first_step,  // does not undo what was taken before a refusal
  tells_once,          // never again what was understood before the store lost its last second
  leases_for_ever,     // hands out after a lease's last instant
  shrinks_early,       // hands out what it gave back of a lease
};

// `host` is emptied first.
SharedLife simulate_shared(std::uint64_t seed, LuaHost& host, Careless careless = Careless::no);

}  // namespace ktl::storage::redis
