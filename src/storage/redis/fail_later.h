#pragma once
// A call that fails although nothing was sent: its `done` must not run inside call(), so it runs at the turn's end.
#include <utility>

#include "storage/redis/client.h"

namespace ktl::storage::redis {

inline void fail_later(net::EventLoop& loop, Done done, Error error) {
  loop.defer([done = std::move(done), error = std::move(error)] { done(tl::unexpected(error)); });
}

}  // namespace ktl::storage::redis
