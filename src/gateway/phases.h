#pragma once
// The phases of the journey, each in a file of its name. Only lifecycle.cc decides their order.
//
// A phase returns true when the request may go on. False: it has been answered (or its client is gone), and whatever it
// holds is given back by its guards.
#include "gateway/exchange.h"
#include "net/task.h"
#include "upstream/link.h"

namespace ktl::gateway {

using net::Task;

// Who asks? Key -> principal and its scopes. 401 invalid_api_key.
Task<bool> authenticate(Exchange& x);

// May that key ask anything now? Bans (403), requests and places in flight (429): answered with the body unread.
Task<bool> refuse_early(Exchange& x);

// The body, whole and bounded, and from it: the model (404), what to count, how to edit. After this phase everything
// that the engine will get is known.
Task<bool> read_request(Exchange& x);

// All scopes and windows at once, written down before anything is sent; or 429.
Task<bool> reserve(Exchange& x);

// A place in flight at `upstream`, now or after a wait in its queue; or 503.
Task<bool> admit(Exchange& x, upstream::Upstream& upstream);

// Sends the request. On success the head of the engine's answer is there.
Task<Result<upstream::Link::Call>> dispatch(Exchange& x, upstream::Link& link, class Departure& departure);

// Brings the engine's answer to the client and settles on the way, before the client gets the last byte.
Task<void> relay_stream(Exchange& x, upstream::Link& link, upstream::Link::Call call, class Departure& departure);
Task<void> relay_whole(Exchange& x, upstream::Link& link, upstream::Link::Call call, class Departure& departure);

// Ends the charge with x.usage, or by rule if the engine never said. Does nothing if it is ended.
void settle(Exchange& x, ledger::Outcome outcome);
// Ends the charge of work that never started.
void release(Exchange& x);

// Always runs: metrics and the one line in the access log.
void finish(Exchange& x);

}  // namespace ktl::gateway
