#pragma once
// Korean prose out of a seed: grammatical sentences from small word lists, particles chosen by the final consonant.
#include <string>
#include <vector>

#include "base/rng.h"

namespace ktl::standin {

// One sentence with its full stop, without a blank at its ends.
std::string korean_sentence(Rng& rng);

// `count` pieces of 1 to 3 syllables (with the blank or mark that goes with them) which together make up Korean prose.
// The text ends where the count ends, if need be in the middle of a sentence.
std::vector<std::string> korean_pieces(Rng& rng, std::size_t count);

// Whole sentences of at least `count` pieces, but cut off after `most`.
std::vector<std::string> korean_answer(Rng& rng, std::size_t count, std::size_t most);

// Cuts text into pieces of 1 to 3 code points; a blank always begins a piece.
std::vector<std::string> cut_into_pieces(std::string_view text, Rng& rng);

}  // namespace ktl::standin
