// A tokenizer.json made by an enemy: read_hugging_face refuses it or gives a vocabulary that survives the compact file
// and from which an encoder can be made that spells out what it was given.
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "fuzz/sound_vocabulary.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/hugging_face.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::tokenizer;
  auto vocabulary = read_hugging_face({reinterpret_cast<const char*>(data), size});
  if (!vocabulary) {
    KTL_CHECK(!vocabulary.error().empty(), "a refusal says why");
    return 0;
  }
  ktl::fuzz::expect_sound(CompactTokenizer::without_tables(*std::move(vocabulary)), "안녕하세요, SGLang 2025! <|im_start|>\n  한글  é\u2581\xff");
  return 0;
}
