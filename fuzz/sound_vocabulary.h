#pragma once
// What must hold of every vocabulary that a loader let in, whoever wrote the file.
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/make_encoder.h"

namespace ktl::fuzz {

// It survives the compact file, and an encoder made from it encodes `text` into as many tokens as it counts.
inline void expect_sound(tokenizer::Vocabulary vocabulary, std::string_view text) {
  const auto again = tokenizer::read_compact(tokenizer::write_compact(vocabulary));
  KTL_CHECK(again && *again == vocabulary, "the compact file gives the vocabulary back");
  const auto encoder = tokenizer::make_encoder(std::make_shared<const tokenizer::Vocabulary>(std::move(vocabulary)),
                                               {.piece_cache_bytes = 128, .compatible_pairs = 4});
  std::vector<tokenizer::TokenId> ids;
  encoder->encode(text, ids);
  KTL_CHECK(encoder->count(text) == static_cast<std::int64_t>(ids.size()), "counting and encoding agree");
}

}  // namespace ktl::fuzz
