#pragma once
// The description of all answers, as GET /openapi.json tells it: OpenAPI 3.1. Made from the same table of routes that
// the answers are found by, so that no route can be forgotten. Pure.
#include <string>
#include <string_view>

namespace ktl::admin {

// Routes whose operation nobody has described come without schemas; a test finds them.
std::string openapi(std::string_view version);

// The members of components.schemas, as JSON without the braces around them.
std::string_view people_schemas();     // openapi_people.cc: who there is, what they may, what an admin does
std::string_view telemetry_schemas();  // openapi_telemetry.cc: what goes on, and how much was used

}  // namespace ktl::admin
