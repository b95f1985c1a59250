#pragma once
// All pages about who there is and what they may; routes.cc says which path leads to which. They wait for the store.
#include "admin/desk.h"

namespace ktl::admin {

Answer list_users(Desk& desk);  // user_pages.cc
Answer create_user(Desk& desk);
Answer show_user(Desk& desk);  // {name}, as below
Answer change_user(Desk& desk);
Answer remove_user(Desk& desk);

Answer list_groups(Desk& desk);  // group_pages.cc
Answer create_group(Desk& desk);
Answer show_group(Desk& desk);
Answer change_group(Desk& desk);
Answer remove_group(Desk& desk);

Answer list_keys(Desk& desk);  // key_pages.cc
Answer create_key(Desk& desk);
Answer show_key(Desk& desk);
Answer change_key(Desk& desk);
Answer rotate_key(Desk& desk);
Answer revoke_key(Desk& desk);

Answer list_limits(Desk& desk);     // limit_pages.cc
Answer explain_limits(Desk& desk);  // effective_limits.cc
Answer show_limits(Desk& desk);     // limit_pages.cc; of desk.kind, desk.name
Answer put_limits(Desk& desk);
Answer patch_limits(Desk& desk);
Answer unset_limits(Desk& desk);

Answer list_bans(Desk& desk);  // bans.cc
Answer add_ban(Desk& desk);
Answer lift_ban(Desk& desk);

Answer usage_series(Desk& desk);  // usage_pages.cc
Answer usage_top(Desk& desk);

Answer show_config(Desk& desk);  // config_page.cc

Answer list_violations(Desk& desk);  // violation_pages.cc
Answer list_audit(Desk& desk);       // audit_pages.cc

}  // namespace ktl::admin
