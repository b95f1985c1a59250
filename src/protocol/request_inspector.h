#pragma once
// Reads a request body once: checks that it is strict JSON with sound governed members, and tells the gateway what it
// must know (request_view.h). The body itself is never copied or changed.
//
// Strict: the whole text must be well-formed UTF-8 and well-formed JSON, at most kMaxDepth deep, with nothing behind
// the object; a governed member may stand there only once, however its key is escaped. So no other parser can read the
// request differently. Members that the gateway does not govern pass unseen (after the syntax check).
//
// One per event loop; not thread-safe. Buffers are reused: no heap allocation once it has warmed up.
#include <memory>
#include <string_view>

#include <tl/expected.hpp>

#include "protocol/request_problem.h"
#include "protocol/request_view.h"

namespace ktl::protocol {

using Inspection = tl::expected<RequestView, RequestProblem>;

class RequestInspector {
 public:
  static constexpr int kMaxDepth = 128;  // objects and arrays within each other

  RequestInspector();
  ~RequestInspector();
  RequestInspector(RequestInspector&&) noexcept;
  RequestInspector& operator=(RequestInspector&&) noexcept;

  // Linear in the body. The problem's text: describe() in messages.h.
  Inspection inspect(Endpoint endpoint, std::string_view body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ktl::protocol
