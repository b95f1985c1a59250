// POST /admin/reload: users, keys and limits anew, without dropping a stream.
#include "admin/messages.h"
#include "admin/note.h"
#include "admin/pages.h"

namespace ktl::admin {

net::Task<Answer> reload(Page& page) {
  const auto& read_anew = page.state.services.reload;
  if (!read_anew) co_return answer_of(reload_unavailable(page.language));
  Result<void> done;
  const auto work = [&] { done = read_anew(); };
  co_await page.gateway().offload.run(page.on.loop, work);
  if (!done) {
    page.gateway().log.warn("reload asked for by an admin failed", {{"reason", done.error().message}});
    co_return answer_of(reload_failed(page.language, done.error().message));
  }
  page.gateway().log.info("reloaded on an admin's order");
  co_await note(page, "reload", "configuration");
  JsonWriter json;
  json.begin_object().field("reloaded", true).field("timestamp", timestamp(page.gateway().clock.wall())).end_object();
  co_return answer_of(json);
}

}  // namespace ktl::admin
