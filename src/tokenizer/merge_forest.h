#pragma once
// How each token comes into being, and which tokens can stand side by side.
//
// A token is *whole* if merging its own text gives just that token. For any text, a sequence of whole tokens in which
// every two neighbours are *compatible* (merging the text of the two gives just those two) is the result of merging the
// text, and the only such sequence. For suppose merging the text did something else: take the first join across a
// border between two of the tokens. Up to it, merging those two alone does the same joins in the same order, since each
// was the lowest of the whole text, thus of the two; so it does this join too, and they are not compatible. Conversely,
// two neighbours of the result were never joined across their border, so they are compatible. Hence text can be encoded
// by finding such a sequence (matching.h), without merging.
//
// Compatibility is decided by going back in time: undo the later of the two last joins, and ask whether a merge of the
// tokens that then touch would have come first. That needs trees in which ranks grow towards the root; the few tokens
// that grow otherwise ("irregular": a merge made possible by one of higher rank) are decided by merging.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "tokenizer/pair_ranks.h"
#include "tokenizer/short_merge.h"
#include "tokenizer/vocabulary.h"
#include "tokenizer/vocabulary_check.h"

namespace ktl::tokenizer {

class MergeForest {
 public:
  // Appends the symbols that merging a text starts from: its bytes, or its characters.
  using LettersOf = std::function<void(std::string_view text, std::vector<TokenId>& letters)>;

  // The vocabulary must outlive the forest. Takes its tables out of `given` if they fit.
  MergeForest(const Vocabulary& vocabulary, LettersOf letters_of, BuiltTables& given);

  bool is_whole(TokenId id) const { return nodes_[id].birth() != kNever; }

  // Of whole tokens. A few dozen nanoseconds at most, but for irregular tokens.
  bool compatible(TokenId left, TokenId right) const {
    if (std::max(nodes_[left].birth(), nodes_[right].birth()) >= kIrregular) return compatible_by_merging(left, right);
    if (ranks_.of(left, right) != kNoMerge) return false;
    return grow_apart(left, right);
  }

  // The symbols that merging `text` ends with, in place of what was in `symbols`.
  void merge(std::string_view text, std::vector<TokenId>& symbols) const;

  // The same, of 1 to ShortMerge::kMost ASCII characters, "▁" written as a plain blank; `walls` as there.
  ShortMerge merge_ascii(std::string_view text, std::uint64_t walls = 0) const {
    return {text, walls, bytes_, ranks_, vocabulary_.merges};
  }

  // How many symbols that would be. Only where letters are bytes.
  std::uint32_t tokens_of(std::string_view text) const;

  // Tables that were given may lack what a vocabulary has (built_tables.h); then there may be no sequence.
  bool may_lack() const { return may_lack_; }

  void write(BuiltTables& tables) const;
  std::size_t whole_tokens() const { return whole_; }
  std::size_t irregular_tokens() const { return irregular_; }
  std::size_t bytes() const { return ranks_.bytes() + nodes_.capacity() * sizeof(Node) + bytes_.bytes(); }

 private:
  // Birth is one more than the rank of the merge that made the token; 0 for a letter. In place of parts, a letter of
  // one byte has that byte, any other letter kManyBytes. All in eight bytes: going back in time is cache misses.
  static constexpr std::uint32_t kIrregular = kMaxRank + 2;
  static constexpr std::uint32_t kNever = kIrregular + 1;
  class Node {
   public:
    Node() : Node(0, 0, kNever) {}
    Node(TokenId left, TokenId right, std::uint32_t birth)
        : bits_(std::uint64_t{birth} << 2 * kIdBits | std::uint64_t{left} << kIdBits | right) {}
    TokenId left() const { return static_cast<TokenId>(bits_ >> kIdBits & kMaxTokenId); }
    TokenId right() const { return static_cast<TokenId>(bits_ & kMaxTokenId); }
    std::uint32_t birth() const { return static_cast<std::uint32_t>(bits_ >> 2 * kIdBits); }

   private:
    static constexpr int kIdBits = 21;
    static_assert(kMaxTokenId < 1u << kIdBits && kNever < 1u << (64 - 2 * kIdBits));

    std::uint64_t bits_;
  };
  static constexpr std::uint32_t kManyBytes = ByteLetters::kAll;
  std::uint32_t tokens_of_three(const char* text) const;
  bool grow_apart(TokenId left, TokenId right) const;
  bool compatible_by_merging(TokenId left, TokenId right) const;
  void find_letters();
  void join_letters();
  bool may_be_regular(Rank rank) const;
  void find_regular();
  void take_regular(std::span<const std::uint64_t> given);
  void find_irregular();

  const Vocabulary& vocabulary_;
  LettersOf letters_of_;
  bool may_lack_;
  PairRanks ranks_;
  std::vector<Node> nodes_;
  ByteLetters bytes_;
  std::size_t whole_ = 0;
  std::size_t irregular_ = 0;
};

}  // namespace ktl::tokenizer
