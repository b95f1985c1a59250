#pragma once
// The ledger in Redis, row by row (ledger/usage_row.h), in the order in which the entries were written: the streams of
// all groups of tenants side by side, a page of each at a time, so memory does not grow with the ledger. What is written
// meanwhile is in it or not.
#include "ledger/usage_row.h"
#include "storage/redis/session.h"

namespace ktl::storage::redis {

// A charge is looked for among the entries that were written up to 31 days after `query.to`: so long it may be adjusted.
// Errors: not_found (no such user or model), io, unavailable; what `take` ended it by.
Result<void> read_usage_rows(Session& session, const Keyspace& keys, const ledger::UsageRowsQuery& query,
                             const ledger::TakeUsageRow& take, const ledger::Progress& progress = {});

}  // namespace ktl::storage::redis
