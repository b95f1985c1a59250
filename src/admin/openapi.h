#pragma once
// The description of all answers, as GET /openapi.json tells it: OpenAPI 3.1. Made from the same table of routes that
// the answers are found by, so that no route can be forgotten. Pure.
#include <string>
#include <string_view>

namespace ktl::admin {

// Routes whose operation nobody has described come without schemas; a test finds them.
std::string openapi(std::string_view version);

// components.schemas, as JSON.
std::string_view openapi_schemas();

}  // namespace ktl::admin
