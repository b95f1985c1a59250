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

inline std::vector<tokenizer::TokenId> expect_same_count(const tokenizer::Encoder& encoder, std::string_view text) {
  std::vector<tokenizer::TokenId> ids;
  encoder.encode(text, ids);
  KTL_CHECK(encoder.count(text) == static_cast<std::int64_t>(ids.size()), "counting and encoding agree");
  return ids;
}

// It survives the compact file; encoders made from it, with the tables that it came with, whoever made these, with its
// own and with none, encode `text` into as many tokens as they count; and the latter two into the same.
inline void expect_sound(tokenizer::CompactTokenizer read, std::string_view text) {
  constexpr tokenizer::EncoderMemory kTiny{.piece_cache_bytes = 128, .compatible_pairs = 4};
  auto again = tokenizer::read_compact(tokenizer::write_compact(read.vocabulary));
  KTL_CHECK(again && again->vocabulary == read.vocabulary, "the compact file gives the vocabulary back");
  const auto vocabulary = std::make_shared<const tokenizer::Vocabulary>(std::move(read.vocabulary));
  expect_same_count(*tokenizer::make_encoder(vocabulary, kTiny, std::move(read.tables)), text);
  const auto with_tables = tokenizer::make_encoder(vocabulary, kTiny, std::move(again->tables));
  KTL_CHECK(expect_same_count(*with_tables, text) == expect_same_count(*tokenizer::make_encoder(vocabulary, kTiny), text),
            "tables that were read encode as those that were built");
}

}  // namespace ktl::fuzz
