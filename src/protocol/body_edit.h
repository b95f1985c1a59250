#pragma once
// Changes a request body without rewriting it: the result is a list of pieces of the client's own bytes with our
// insertions between them. All that no edit touches stays byte for byte. Tenant-supplied engine controls
// (RequestView::positions.removed) are always taken out.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/request_view.h"

namespace ktl::protocol {

struct EditPlan {
  std::optional<std::string_view> model = {};  // set "model" to this
  std::optional<std::int64_t> inject_max_tokens =
      {};                     // set the output bound (max_tokens_key(endpoint)); >= 1. Replaces what
                              // the client sent, in whichever member the engine obeys
  std::string_view rid = {};  // set the engine's request id (rid_key(endpoint)); empty: none
  bool force_usage =
      false;                // stream_options.include_usage = true; other stream options stay. Chat and completions only
  bool continuous = false;  // with force_usage: also continuous_usage_stats = true
};

// The new body. Reuse one object: its buffers keep their capacity. May be moved, not copied.
struct EditedBody {
  EditedBody() = default;
  EditedBody(EditedBody&&) noexcept = default;
  EditedBody& operator=(EditedBody&&) noexcept = default;

  std::vector<std::string_view> parts;  // concatenated = the body; views into the client's body and `inserted`
  std::size_t size = 0;                 // sum of the parts
  std::string inserted;                 // our own bytes

  std::string joined() const;
};

// `view` must come from inspect() on exactly `body`. The result lives as long as `body` and `out`.
void edit(const RequestView& view, std::string_view body, const EditPlan& plan, EditedBody& out);

}  // namespace ktl::protocol
