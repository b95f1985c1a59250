// A tokenizer.json made by an enemy: read_hugging_face refuses it or gives a vocabulary that survives the compact file and
// from which an encoder can be made that spells out what it was given.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/hugging_face.h"
#include "tokenizer/make_encoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::tokenizer;
  auto vocabulary = read_hugging_face({reinterpret_cast<const char*>(data), size});
  if (!vocabulary) {
    KTL_CHECK(!vocabulary.error().empty(), "a refusal says why");
    return 0;
  }
  const auto again = read_compact(write_compact(*vocabulary));
  KTL_CHECK(again && *again == *vocabulary, "the compact file gives the vocabulary back");
  const auto encoder = make_encoder(std::make_shared<const Vocabulary>(*std::move(vocabulary)),
                                    {.piece_cache_bytes = 128, .compatible_pairs = 4});
  constexpr std::string_view kText = "안녕하세요, SGLang 2025! <|im_start|>\n  한글  é\u2581\xff";
  std::vector<TokenId> ids;
  encoder->encode(kText, ids);
  KTL_CHECK(encoder->count(kText) == static_cast<std::int64_t>(ids.size()), "counting and encoding agree");
  return 0;
}
