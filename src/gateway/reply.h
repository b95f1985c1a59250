#pragma once
// The answers that the gateway gives by itself, and the head lines of all answers.
#include <string>

#include "gateway/exchange.h"
#include "net/task.h"
#include "protocol/api_error.h"
#include "protocol/rate_limit_headers.h"
#include "quota/decision.h"

namespace ktl::gateway {

// Answers with `error`, in the endpoint's dialect; notes the status. `extra` are complete header lines.
net::Task<void> reply_error(Exchange& x, protocol::ApiError error, std::string extra = {});

// Remembers it for those who ask why; what is known of the request is added here.
void note_refusal(Exchange& x, Refusal refusal);

// 429 with all that the client needs to come back at the right time, and the violation noted against its key.
net::Task<void> reply_denied(Exchange& x, const quota::Denied& denied);

// x-request-id, our account of the request, and the rate-limit headers as they stand now.
void append_account_headers(std::string& out, Exchange& x);

}  // namespace ktl::gateway
