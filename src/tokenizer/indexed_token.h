#pragma once
// What goes into the indexes of tokens by their text, and what comes out.
#include <cstdint>
#include <string_view>

#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

struct IndexedToken {
  std::string_view text;  // not empty, at most kMaxTokenBytes
  TokenId id = 0;
};

struct Match {
  TokenId id = 0;
  std::uint32_t length = 0;  // bytes; 0: no token
};

}  // namespace ktl::tokenizer
