#pragma once
// Cross-origin answers (the Fetch standard's CORS protocol): which browsers' pages may read what is answered. Pure.
#include <span>
#include <string>
#include <string_view>

#include "net/http_message.h"

namespace ktl::admin {

// The header lines that let the request's origin read the answer, if it may; empty when no origin is allowed at all.
// `allowed` are exact origins ("https://chat.example.com"), or "*".
std::string cors_lines(const net::HeaderList& headers, std::span<const std::string> allowed);

// The further lines of an answer to a preflight, for an origin that is allowed.
std::string preflight_lines(const net::HeaderList& headers, std::string_view allowed_methods);

}  // namespace ktl::admin
