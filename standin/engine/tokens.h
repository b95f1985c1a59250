#pragma once
// Token ids, and the few that this simulated engine knows by heart.
#include <cstdint>
#include <string_view>

namespace ktl::standin {

using TokenId = std::uint32_t;

inline constexpr TokenId kTurnStart = 151644;
inline constexpr TokenId kTurnEnd = 151645;  // ends an answer; counted in completion_tokens, never part of the text
inline constexpr TokenId kNewline = 198;

// An id for one piece of text: the published one where an example shows it, else one made of the text itself. Equal
// pieces have equal ids.
TokenId token_of(std::string_view piece);

// The text of a published id; empty: not one of them.
std::string_view published_text(TokenId id);

}  // namespace ktl::standin
