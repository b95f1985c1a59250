// GET /stats/{user}: what a user has used, may use, and has left.
#include "admin/figures.h"
#include "admin/messages.h"
#include "admin/pages.h"
#include "admin/user_card.h"
#include "protocol/messages.h"

namespace ktl::admin {

// Who may not see a user learns nothing about which users there are.
Answer user_stats(Page& page) {
  const std::vector<UserKeys> users = users_of(*page.catalogue);
  const UserKeys* user = nullptr;
  for (const UserKeys& one : users)
    if (one.principal->user_name == page.rest) user = &one;
  if (!may_see_user(page.caller, user == nullptr ? ScopeId::none : user->principal->user))
    return answer_of(not_your_account(page.language));
  if (user == nullptr) return answer_of(protocol::not_found(page.language, page.rest));

  JsonWriter json;
  json.begin_object();
  write_user(json, page.gateway().accounting, *user);
  json.field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
