// GET /admin/usage: everything ever booked, by scope.
#include "admin/figures.h"
#include "admin/pages.h"
#include "admin/scopes.h"

namespace ktl::admin {

Answer list_usage(Page& page) {
  gateway::Accounting& accounting = page.gateway().accounting;
  JsonWriter json;
  json.begin_object().key("total").begin_object();
  write_totals(json, accounting.totals_of(page.catalogue->global_scope));
  json.end_object().field("open_reservations", accounting.open_reservations());

  const std::vector<NamedScope> scopes = named_scopes(*page.catalogue->roster);
  constexpr std::pair<std::string_view, ScopeKind> kLists[] = {
      {"users", ScopeKind::user}, {"groups", ScopeKind::group}, {"models", ScopeKind::model}, {"keys", ScopeKind::key}};
  for (const auto& [list, kind] : kLists) {
    json.key(list).begin_array();
    for (const NamedScope& scope : scopes) {
      if (scope.kind != kind) continue;
      json.begin_object().field(kind == ScopeKind::user ? "user_id" : "name", scope.name);
      write_totals(json, accounting.totals_of(scope.scope));
      json.end_object();
    }
    json.end_array();
  }
  json.field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
