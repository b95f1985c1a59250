#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace ktl::detail {

void check_failed(const char* expression, const char* words, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s (%s)\n", file, line, words, expression);
  std::abort();
}

}  // namespace ktl::detail
