#pragma once
// The configuration's Redis as the storage wants it.
#include "base/result.h"
#include "config/config.h"
#include "storage/redis/session.h"

namespace ktl::app {

// Error: invalid, in words for the operator; never with the password.
Result<storage::redis::Session::Options> redis_session(const config::Storage& options);

}  // namespace ktl::app
