#include "app/redis_options.h"

namespace ktl::app {

Result<storage::redis::Session::Options> redis_session(const config::Storage& options) {
  auto url = storage::redis::parse_url(options.redis_url.reveal());
  if (!url) return fail(url.error().code, url.error().source, "redis_url: " + url.error().message);
  storage::redis::Session::Options session;
  session.url = std::move(*url);
  session.client.ca_file = options.redis_ca_file;
  session.client.certificate_file = options.redis_certificate_file;
  session.client.key_file = options.redis_key_file;
  return session;
}

}  // namespace ktl::app
