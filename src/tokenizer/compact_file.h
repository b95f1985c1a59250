#pragma once
// A vocabulary in one file that is read in a few milliseconds (.ktok), and back.
//
//   "KTOK" version(u32) checksum(u64) and then, little-endian and without gaps:
//   scheme, split, nfc, ignore_merges (u8 each); unknown + 1 (u32)
//   tokens: number (u32), the length of each (u16), their bytes
//   merges: number (u32), left, right and result of each (u32)
//   added: number (u32); each: id (u32), flags (u8), length (u16), content
//   leading: number (u32), ids (u32)
//
// The checksum finds damage, not intent: a file made by an enemy is bounded by its own size and gives a vocabulary that
// the encoders accept (vocabulary_check.h), or an error.
#include <string>
#include <string_view>

#include "base/result.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

std::string write_compact(const Vocabulary& vocabulary);
tl::expected<Vocabulary, std::string> read_compact(std::string_view file);
bool is_compact(std::string_view file);  // by its first bytes

// A file of this body: magic, version and the checksum that fits.
std::string with_compact_head(std::string_view body);

}  // namespace ktl::tokenizer
