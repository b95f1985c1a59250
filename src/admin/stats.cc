// GET /stats/{user}: what a user has used, may use, and has left.
#include "admin/messages.h"
#include "admin/pages.h"
#include "admin/people_json.h"
#include "protocol/messages.h"

namespace ktl::admin {

// Who may not see a user learns nothing about which users there are.
Answer user_stats(Page& page) {
  const gateway::Roster& people = *page.catalogue->roster;
  const gateway::RosterUser* user = people.user(page.rest);
  if (!may_see_user(page.caller, user == nullptr ? ScopeId::none : user->limits.scope))
    return answer_of(not_your_account(page.language));
  if (user == nullptr) return answer_of(protocol::not_found(page.language, page.rest));

  const WallTime now = page.gateway().clock.wall();
  JsonWriter json;
  json.begin_object();
  write_user(json, {people, &page.gateway().accounting, now}, *user);
  json.field("timestamp", timestamp(now)).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
