#pragma once
// Optimistic concurrency (RFC 9110, 13.1.1): the tag of what can be set of a resource, and whether a request may change
// the resource that has it. Pure.
#include <string>
#include <string_view>

namespace ktl::admin {

// A strong tag with its quotes. `settable`: a text that differs whenever anything that can be set differs.
std::string etag_of(std::string_view settable);

// `if_match` is the header's value; empty: the request does not mind. "*" matches whatever there is.
bool matches(std::string_view if_match, std::string_view etag);

}  // namespace ktl::admin
