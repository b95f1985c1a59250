// Out of our hands: the edited request goes to the engine, under our own names for it. Of the client's headers only the
// trace goes on.
#include "gateway/departure.h"
#include "gateway/phases.h"

namespace ktl::gateway {
namespace {

std::string_view path_at(const upstream::Upstream& engine, protocol::Endpoint endpoint) {
  if (engine.options().type == upstream::EngineType::vllm && endpoint == protocol::Endpoint::tokenize) return "/tokenize";
  return protocol::path_of(endpoint);
}

}  // namespace

Task<Result<upstream::Link::Call>> dispatch(Exchange& x, upstream::Link& link, Departure& departure) {
  x.upstream_name = link.upstream().name();
  departure.watch(link);
  if (departure.client_left()) co_return fail(ErrorCode::canceled, ErrorSource::client, "the client left before dispatch");
  std::string names = "x-request-id: ";
  names.append(x.id.view()).append("\r\n");
  protocol::append_trace_headers(names, x.trace);
  co_return co_await link.post(path_at(link.upstream(), x.endpoint), x.body.parts, x.body.size,
                               x.shared().options.answer_timeout, &departure.connection(), names);
}

}  // namespace ktl::gateway
