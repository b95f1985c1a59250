#include "tokenizer/prompt_counter.h"

namespace ktl::tokenizer {

std::string_view name_of(CountMethod method) {
  return method == CountMethod::exact ? "exact" : "estimate";
}

}  // namespace ktl::tokenizer
