// Any bytes, cut into pieces: the fast scanner cuts where the regular expression does, alternative by alternative.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/reference_encoder.h"

namespace {

using ktl::tokenizer::Split;

template <Split kSplit>
void check(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at != end;) {
    const char* const next = ktl::tokenizer::piece_end<kSplit>(at, end);
    KTL_CHECK(next > at && next <= end, "a piece is not empty and lies within the text");
    const std::string_view rest(at, static_cast<std::size_t>(end - at));
    KTL_CHECK(ktl::tokenizer::reference_piece_size(kSplit, rest) == static_cast<std::size_t>(next - at),
              "both cut at the same place");
    at = next;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1024) return 0;  // the reference is quadratic
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check<Split::qwen2>(text);
  check<Split::llama3>(text);
  return 0;
}
