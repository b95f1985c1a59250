#include "admin/desk.h"

#include "admin/messages.h"
#include "protocol/messages.h"

namespace ktl::admin {

std::variant<std::shared_ptr<const gateway::Roster>, Answer> change(Desk& desk, const Management::Decide& decide) {
  auto changed = desk.management.change(desk.who, decide);
  if (changed) return std::move(*changed);
  const Error& error = changed.error();
  if (error.code == ErrorCode::invalid && error.source == ErrorSource::gateway)
    return answer_of(cannot_be(desk.language, error.message));
  return answer_of(protocol::storage_unavailable(desk.language), "retry-after: 2\r\n");
}

}  // namespace ktl::admin
