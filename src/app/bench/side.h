#pragma once
// One target under test: where it is, what it is asked, and what came of it.
#include <memory>
#include <string>
#include <vector>

#include "app/bench/ledger_check.h"
#include "app/bench/retry_gate.h"
#include "app/bench/tally.h"
#include "app/bench/target.h"
#include "net/http_client.h"

namespace ktl::app::bench {

struct Side {
  Target target;
  std::string api_key;
  std::vector<std::string> requests;  // whole HTTP requests, taken in turn
  std::size_t next_request = 0;
  std::unique_ptr<net::ClientPool> pool;
  RetryGate gate;
  Tally tally;
  LedgerCheck ledger;
};

}  // namespace ktl::app::bench
