#pragma once
// One request to see or to change who there is and what they may, from wherever it comes: an admin page, or the command
// line where no gateway runs. A function of desk_pages.h answers it. It waits for the store, so it never runs on an
// event loop's thread.
#include <string>
#include <string_view>

#include "admin/answer.h"
#include "admin/management.h"
#include "gateway/accounting.h"
#include "protocol/language.h"

namespace ktl::admin {

struct Desk {
  Management& management;
  protocol::Language language = protocol::Language::korean;
  std::string who{};                   // for the log of changes
  ScopeKind kind = ScopeKind::global;  // whose limits, on the routes of limits
  std::string name{};                  // what stood for the '*' of the route, percent-decoded, UTF-8
  std::string_view query{};            // of the URL
  std::string_view body{};
  std::string_view if_match{};  // the header's value
  WallTime now{};
  gateway::Accounting* accounting = nullptr;  // what is used now; nobody knows it where no gateway runs
};

// The people with the change, or what is to be answered instead: a refusal, or that the store fails.
std::variant<std::shared_ptr<const gateway::Roster>, Answer> change(Desk& desk, const Management::Decide& decide);

}  // namespace ktl::admin
