#pragma once
// What was used, out of the store's books, in buckets for charts and as a list of the most.
#include <vector>

#include "admin/management.h"
#include "ledger/usage_book.h"

namespace ktl::app {

// May wait for the store. Hours are told as sums alone. Errors: the book's.
Result<std::vector<admin::UsageRow>> read_usage(ledger::UsageBook& book, Millis day_offset,
                                                const admin::UsageQuestion& question);

}  // namespace ktl::app
