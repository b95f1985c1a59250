#pragma once
// Why a request body is refused. The text is made only when the answer is written: describe() in messages.h.
#include <cstdint>
#include <string>

namespace ktl::protocol {

enum class ProblemId : std::uint8_t {
  empty_body,
  invalid_json,    // number: byte offset
  invalid_utf8,    // number: byte offset
  too_deep,        // number: the allowed depth
  trailing_bytes,  // number: byte offset
  not_an_object,
  duplicate_member,   // param
  missing_member,     // param
  wrong_type,         // param, expected, got
  too_small,          // param, number: the minimum
  too_large,          // param, number: the maximum
  empty_string,       // param
  empty_array,        // param
  not_allowed,        // param: a member that tenants may not send here
  excluded_together,  // param and expected: two members of which only one may be there
};

// All of them are answered with status 400 and type "invalid_request_error".
struct RequestProblem {
  ProblemId id = ProblemId::invalid_json;
  std::string param;     // as OpenAI writes it: "model", "messages[0].role"
  std::string expected;  // words of JSON: "a string", "an array", …; English, translated by describe()
  std::string got;
  std::int64_t number = 0;
};

}  // namespace ktl::protocol
