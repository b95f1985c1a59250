#include "ledger/entry.h"

#include "ledger/adjustment.h"

namespace ktl::ledger {

std::string_view name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::open:
      return "open";
    case EntryKind::settle:
      return "settle";
    case EntryKind::release:
      return "release";
    case EntryKind::expire:
      return "expire";
    case EntryKind::adjust:
      return "adjust";
  }
  return "?";
}

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::unknown:
      return "unknown";
    case Outcome::ok:
      return "ok";
    case Outcome::client_left:
      return "client_left";
    case Outcome::engine_failed:
      return "engine_failed";
    case Outcome::gateway_died:
      return "gateway_died";
  }
  return "?";
}

std::string_view name_of(AdjustmentSource source) {
  return source == AdjustmentSource::late_settlement ? "late_settlement" : "correction";
}

}  // namespace ktl::ledger
