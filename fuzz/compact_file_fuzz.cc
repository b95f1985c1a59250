// A compact tokenizer file made by an enemy who can compute checksums: read_compact refuses it or gives a vocabulary
// and tables from which an encoder can be made. What is read is written as the same bytes again, but for flags that mean
// the same, and for tables that this vocabulary does not make.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "fuzz/sound_vocabulary.h"
#include "tokenizer/compact_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::tokenizer;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  auto file = read_compact(is_compact(input) ? std::string(input) : with_compact_head(input));
  if (!file) {
    KTL_CHECK(!file.error().empty(), "a refusal says why");
    return 0;
  }
  ktl::fuzz::expect_sound(*std::move(file), "안녕하세요, SGLang 2025! <|x|>\n  한글  é\u2581\xff");
  return 0;
}
