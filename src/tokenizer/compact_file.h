#pragma once
// A vocabulary, and the tables of its encoder that are dear to build, in one file that is read in a few milliseconds
// (.ktok), and back.
//
//   "KTOK" version(u32) checksum(u64) and then, little-endian and without gaps:
//   scheme, split, nfc, ignore_merges (u8 each); unknown + 1 (u32)
//   tokens: number (u32), the length of each (u16), their bytes
//   merges: number (u32), left, right and result of each (u32)
//   added: number (u32); each: id (u32), flags (u8), length (u16), content
//   leading: number (u32), ids (u32)
//   tables, or nothing: each of built_tables.h in its order as number of bytes (u32), bytes as they lie in memory
//
// What the tables hold depends on how they are built, hash functions included: who changes that, raises the version.
//
// The checksum finds damage, not intent: a file made by an enemy is bounded by its own size and gives a vocabulary that
// the encoders accept (vocabulary_check.h) and tables that do no harm (built_tables.h), or an error.
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_source.h"
#include "base/result.h"
#include "tokenizer/built_tables.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

struct CompactTokenizer {
  Vocabulary vocabulary;
  BuiltTables tables;  // of make_encoder() for this vocabulary, or empty

  static CompactTokenizer without_tables(Vocabulary vocabulary) { return {std::move(vocabulary), {}}; }
};

std::string write_compact(const Vocabulary& vocabulary);  // builds the tables
tl::expected<CompactTokenizer, std::string> read_compact(ByteSource& file);
tl::expected<CompactTokenizer, std::string> read_compact(std::string_view file);
bool is_compact(std::string_view file);  // by its first bytes

// A file of this body: magic, version and the checksum that fits.
std::string with_compact_head(std::string_view body);

}  // namespace ktl::tokenizer
