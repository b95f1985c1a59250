#pragma once
// What an edit must come to, worked out by another parser (simdjson's DOM) that shares no code with the inspector and
// the editor. For tests and fuzzers only.
#include <string>
#include <string_view>

#include "protocol/body_edit.h"
#include "protocol/endpoint.h"

namespace ktl::protocol {

enum class OracleVerdict { valid, invalid, out_of_range };  // out_of_range: a number that simdjson does not hold

// Is it JSON, and an object?
OracleVerdict judge(std::string_view body);

// Empty if `edited` is `original` with exactly the changes of `plan`; else what differs. Both must be valid objects.
std::string difference(Endpoint endpoint, std::string_view original, const EditPlan& plan, std::string_view edited);

}  // namespace ktl::protocol
