// The fast encoders against the slow one. The first two bytes are the seed of the vocabulary, the rest is the text; where
// that is not UTF-8, counting and encoding only have to agree.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "base/text.h"
#include "tokenizer/make_encoder.h"
#include "tokenizer/random_vocabulary.h"
#include "tokenizer/reference_encoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::tokenizer;
  if (size < 2 || size > 2048) return 0;
  ktl::Rng rng(static_cast<std::uint64_t>(data[0]) << 8 | data[1]);
  const std::string text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto vocabulary = std::make_shared<const Vocabulary>(random_vocabulary(rng));
  const auto fast = make_encoder(vocabulary, {.piece_cache_bytes = 128, .compatible_pairs = 4});
  std::vector<TokenId> ids;
  fast->encode(text, ids);
  for (int again = 0; again < 2; ++again) {
    KTL_CHECK(fast->count(text) == static_cast<std::int64_t>(ids.size()), "counting and encoding agree");
  }
  if (!ktl::is_utf8(text)) return 0;
  std::vector<TokenId> expected;
  ReferenceEncoder(vocabulary).encode(text, expected);
  KTL_CHECK(ids == expected, "the fast encoder gives the ids of the slow one");
  return 0;
}
