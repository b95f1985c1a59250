#pragma once
// The rules of the house, one function each. A rule reads one file and returns what it objects to.
#include <string>
#include <string_view>
#include <vector>

namespace ktl::tidy {

struct Finding {
  int line = 0;
  std::string what;
};
using Findings = std::vector<Finding>;

inline constexpr int kMaxLines = 500;

Findings too_long(std::string_view source);                 // over kMaxLines lines
Findings header_without_contract(std::string_view source);  // does not begin with #pragma once and a comment
Findings using_namespace(std::string_view source);          // headers only
// g++ 12 destroys a capturing lambda twice when it is created inside a co_await expression.
Findings capturing_lambda_in_await(std::string_view source);
// co_await in the condition of an if, or inside `a ? b : c`: g++ 12 makes coroutines of it that are not resumed.
Findings await_in_condition(std::string_view source);
Findings leftover_marks(std::string_view source);  // notes to self
Findings sleeps(std::string_view source);          // C++ tests only
Findings blind_waits(std::string_view source);     // JavaScript tests only: timers outside the polling helper
Findings stray_blanks(std::string_view source);    // tabs, blanks at line ends, no line break at the end

}  // namespace ktl::tidy
