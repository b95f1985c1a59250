// GET /openapi.json: the description of all answers.
#include "admin/openapi.h"
#include "admin/pages.h"

namespace ktl::admin {

Answer describe(Page& page) {
  return {.body = openapi(page.options().version)};
}

}  // namespace ktl::admin
