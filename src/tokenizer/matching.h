#pragma once
// Encodes a stretch of text by finding the one sequence of compatible whole tokens (merge_forest.h): at each place the
// longest token is tried first, then shorter ones, and where none fits the last token is taken back. A place from which
// no sequence goes on is never entered again, for only one sequence leads to it; so the work is linear in the text.
// Only where tables were given that lack something can there be no sequence; such a stretch is merged.
//
// The search goes by guesses, and in text of short tokens, such as random letters, most are wrong. ASCII text of short
// tokens is merged in windows instead (short_merge.h), which are proven by the same compatibility; and in a row of
// equal tokens the same one is tried first. What was placed so is marked as a guess: if it is taken back, all tokens
// are tried at its place, from the longest on.
//
// After Antonov, van Antwerpen, Neubeck: "So many tokens, so little time" (2024), with compatibility as defined there
// for tables in which one token is made by one merge, here for any.
//
// Safe from any thread. Takes no memory from the heap for stretches of up to kSmall bytes.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "tokenizer/compatibility_cache.h"
#include "tokenizer/merge_forest.h"
#include "tokenizer/token_index.h"

namespace ktl::tokenizer {

class Matching {
 public:
  // What to do with a character that is no token: nothing is (byte-level), or each byte is a token of its own.
  using ByteTokens = std::vector<TokenId>;  // 256, or empty

  Matching(const MergeForest& forest, const TokenIndex& index, const Vocabulary& vocabulary, ByteTokens byte_tokens,
           std::size_t cached_pairs);

  // `first` is the longest match at the place.
  std::size_t count(const Place& place, const Match& first) const;
  void encode(const Place& place, const Match& first, std::vector<TokenId>& ids) const;
  void forget() { cache_.clear(); }

 private:
  static constexpr std::size_t kSmall = 64;
  static constexpr std::size_t kStretch = 2 * ShortMerge::kMost;
  class Trail;

  // A token to be tried at a place. After a guess all others are tried, else the shorter ones.
  struct Try {
    Match token;
    bool is_guess;
  };
  // Goes on from `next`, which stands `done` bytes from the beginning, to `stop` or at most a token beyond. False if
  // there is no such sequence.
  bool search(const Place& place, Try next, std::size_t stop, std::size_t& done, Trail& trail) const;
  // What to try first behind a token.
  Try next_after(const Match& token, const Place& place, std::size_t done) const;
  // Goes on by merging, and stops before what is not ASCII, or a row of one character, or behind long tokens. False if
  // it cannot be proven; each token given up on the way is taken off `spare`.
  bool merge_by_windows(const Place& place, std::size_t& spare, std::size_t& done, Trail& trail) const;
  // Searches or merges, stretch by stretch, as the tokens of the last one were long or short.
  bool alternate(const Place& place, const Match& first, bool are_short, Trail& trail) const;
  // Whether there is such a sequence.
  bool fill(const Place& place, const Match& first, Trail& trail) const;
  // Gives what was found, or nullptr.
  template <class Take>
  void with_trail(const Place& place, const Match& first, Take take) const;

  bool fits(TokenId left, TokenId right) const {
    bool answer = false;
    return cache_.find(left, right, answer) ? answer : decide(left, right);
  }
  bool decide(TokenId left, TokenId right) const;

  std::vector<TokenId> merged(const Place& place) const;

  // The longest token that is a beginning of `token`, which stands at `at`; length 0 if there is none.
  Match shorter(const Match& token, const char* at) const;

  const MergeForest& forest_;
  const TokenIndex& index_;
  ByteTokens byte_tokens_;
  mutable CompatibilityCache cache_;
  // By token: what shorter() found, once asked for; each a whole answer in a word, so threads need no order.
  std::unique_ptr<std::atomic<std::uint64_t>[]> shorter_;
};

}  // namespace ktl::tokenizer
