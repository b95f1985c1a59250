#pragma once
// Small vocabularies and texts made at random from few letters, for tests and fuzzing: merges in any order of ranks,
// tokens that merging does not reach, added tokens, characters without a token. The same seed makes the same.
#include <string>

#include "base/rng.h"
#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

Vocabulary random_vocabulary(Rng& rng);

// Well-formed UTF-8 of up to `characters` letters, most of which such a vocabulary joins.
std::string random_text(Rng& rng, std::size_t characters);

}  // namespace ktl::tokenizer
