// GET /admin/limits: the limits in force, scope by scope.
#include "admin/figures.h"
#include "admin/pages.h"
#include "admin/scopes.h"

namespace ktl::admin {

Answer list_limits(Page& page) {
  JsonWriter json;
  json.begin_object().key("limits").begin_array();
  for (const NamedScope& scope : named_scopes(*page.catalogue)) {
    json.begin_object()
        .field("scope", static_cast<std::uint32_t>(scope.scope))
        .field("kind", ktl::name_of(scope.kind))
        .field("name", scope.name)
        .key("limits");
    write_limits(json, page.gateway().accounting.limits_of(scope.scope));
    json.end_object();
  }
  json.end_array().field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
