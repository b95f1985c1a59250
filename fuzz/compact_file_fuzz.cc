// A compact tokenizer file made by an enemy who can compute checksums: read_compact refuses it or gives a vocabulary from
// which an encoder can be made. What is read is written as the same bytes again, but for flags that mean the same.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/make_encoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::tokenizer;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  auto vocabulary = read_compact(is_compact(input) ? std::string(input) : with_compact_head(input));
  if (!vocabulary) {
    KTL_CHECK(!vocabulary.error().empty(), "a refusal says why");
    return 0;
  }
  const auto again = read_compact(write_compact(*vocabulary));
  KTL_CHECK(again && *again == *vocabulary, "the compact file gives the vocabulary back");
  const auto encoder = make_encoder(std::make_shared<const Vocabulary>(*std::move(vocabulary)),
                                    {.piece_cache_bytes = 128, .compatible_pairs = 4});
  constexpr std::string_view kText = "안녕하세요, SGLang 2025! <|x|>\n  한글  é\u2581\xff";
  std::vector<TokenId> ids;
  encoder->encode(kText, ids);
  KTL_CHECK(encoder->count(kText) == static_cast<std::int64_t>(ids.size()), "counting and encoding agree");
  return 0;
}
