#pragma once
// KTL_CHECK(relation, "the relation in words"): a broken invariant of our own ends the process, in release too.
// Never for outside input: that is a Result (result.h).

namespace ktl::detail {
[[noreturn]] void check_failed(const char* expression, const char* words, const char* file, int line);
}

#define KTL_CHECK(expression, words) \
  (static_cast<bool>(expression) ? void(0) : ::ktl::detail::check_failed(#expression, words, __FILE__, __LINE__))
