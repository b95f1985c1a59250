// POST /admin/reload: users, keys and limits anew, without dropping a stream.
#include "admin/messages.h"
#include "admin/pages.h"

namespace ktl::admin {

Answer reload(Page& page) {
  const auto& read_anew = page.state.services.reload;
  if (!read_anew) return answer_of(reload_unavailable(page.language));
  if (const Result<void> done = read_anew(); !done) {
    page.gateway().log.warn("reload asked for by an admin failed", {{"reason", done.error().message}});
    return answer_of(reload_failed(page.language, done.error().message));
  }
  page.gateway().log.info("reloaded on an admin's order");
  JsonWriter json;
  json.begin_object().field("reloaded", true).field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
