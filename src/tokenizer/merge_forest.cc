#include "tokenizer/merge_forest.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tokenizer/merging.h"

namespace ktl::tokenizer {
namespace {

std::size_t words_of_bits(std::size_t bits) {
  return (bits + 63) / 64;
}

}  // namespace

MergeForest::MergeForest(const Vocabulary& vocabulary, LettersOf letters_of, BuiltTables& given)
    : vocabulary_(vocabulary),
      letters_of_(std::move(letters_of)),
      may_lack_(!given.empty()),
      ranks_(vocabulary.merges, given),
      nodes_(vocabulary.tokens.size()) {
  find_letters();
  join_letters();
  if (!given.regular.empty() && given.regular.size() == words_of_bits(vocabulary.merges.size())) {
    take_regular(given.regular);
  } else {
    find_regular();
  }
  find_irregular();
  for (TokenId id = 0; id < nodes_.size(); ++id) whole_ += is_whole(id);
}

void MergeForest::find_letters() {
  std::vector<bool> is_result(nodes_.size());
  for (const Merge& merge : vocabulary_.merges) is_result[merge.result] = true;
  std::vector<TokenId> letters;
  for (TokenId id = 0; id < nodes_.size(); ++id) {
    if (is_result[id] || vocabulary_.tokens[id].empty()) continue;
    letters.clear();
    letters_of_(vocabulary_.tokens[id], letters);
    if (letters.size() != 1 || letters[0] != id) continue;
    nodes_[id] = {kManyBytes, kManyBytes, 0};
  }
}

// Before any other token has a node.
void MergeForest::join_letters() {
  std::array<TokenId, ByteLetters::kAll> ids{};
  std::vector<TokenId> letters;
  for (std::uint32_t byte = 0; byte < ids.size(); ++byte) {
    const char c = static_cast<char>(byte);
    letters_of_({&c, 1}, letters);
    ids[byte] = letters.back();
    if (is_whole(letters.back())) nodes_[letters.back()] = {byte, byte, 0};
  }
  bytes_ = ByteLetters(ids, vocabulary_);
}

// In the order of ranks, the parts of a regular token come before it.
bool MergeForest::may_be_regular(Rank rank) const {
  const auto [left, right, result] = vocabulary_.merges[rank];
  return !is_whole(result) && is_whole(left) && is_whole(right);
}

void MergeForest::find_regular() {
  for (Rank rank = 0; rank < vocabulary_.merges.size(); ++rank) {
    const auto [left, right, result] = vocabulary_.merges[rank];
    if (!may_be_regular(rank)) continue;
    if (ranks_.may_have_repeats() && ranks_.of(left, right) != rank) continue;  // given twice; the first counts
    if (grow_apart(left, right)) nodes_[result] = {left, right, rank + 1};
  }
}

void MergeForest::take_regular(std::span<const std::uint64_t> given) {
  for (Rank rank = 0; rank < vocabulary_.merges.size(); ++rank) {
    const auto [left, right, result] = vocabulary_.merges[rank];
    if ((given[rank / 64] >> (rank % 64) & 1) != 0 && may_be_regular(rank)) nodes_[result] = {left, right, rank + 1};
  }
}

void MergeForest::find_irregular() {
  std::vector<TokenId> symbols;
  for (const Merge& each : vocabulary_.merges) {
    if (is_whole(each.result)) continue;
    merge(vocabulary_.tokens[each.result], symbols);
    if (symbols.size() != 1 || symbols[0] != each.result) continue;
    nodes_[each.result] = {each.left, each.right, kIrregular};
    ++irregular_;
  }
}

// Whether no merge across the border comes before both tokens are complete. Both are regular.
bool MergeForest::grow_apart(TokenId left, TokenId right) const {
  Node a = nodes_[left];
  Node b = nodes_[right];
  while ((a.birth() | b.birth()) != 0) {
    // Of equals the left one came first, so the right one is undone first. A merge across the border that is equal to
    // the one undone would have come after it if that one stands to its left, and before it otherwise.
    Rank before = 0;
    if (a.birth() > b.birth()) {
      before = a.birth() - 1;
      left = a.right();
      a = nodes_[left];
    } else {
      before = b.birth();
      right = b.left();
      b = nodes_[right];
    }
    if ((a.birth() | b.birth()) == 0 && (a.left() | b.left()) < kManyBytes) {
      return bytes_.rank(static_cast<unsigned char>(a.left()), static_cast<unsigned char>(b.left())) >= before;
    }
    if (ranks_.of(left, right) < before) return false;
  }
  return true;
}

bool MergeForest::compatible_by_merging(TokenId left, TokenId right) const {
  std::vector<TokenId> symbols;
  letters_of_(vocabulary_.tokens[left], symbols);
  letters_of_(vocabulary_.tokens[right], symbols);
  merge_symbols(symbols, ranks_, vocabulary_.merges);
  return symbols.size() == 2 && symbols[0] == left && symbols[1] == right;
}

void MergeForest::merge(std::string_view text, std::vector<TokenId>& symbols) const {
  symbols.clear();
  letters_of_(text, symbols);
  merge_symbols(symbols, ranks_, vocabulary_.merges);
}

std::uint32_t MergeForest::tokens_of(std::string_view text) const {
  if (text.size() == 3) return tokens_of_three(text.data());
  std::vector<TokenId> symbols;
  merge(text, symbols);
  return static_cast<std::uint32_t>(symbols.size());
}

std::uint32_t MergeForest::tokens_of_three(const char* text) const {
  const auto byte = [text](int i) { return static_cast<unsigned char>(text[i]); };
  const Rank low = bytes_.rank(byte(0), byte(1));
  const Rank high = bytes_.rank(byte(1), byte(2));
  if (std::min(low, high) == kNoMerge) return 3;
  const Rank last = low <= high ? ranks_.of(vocabulary_.merges[low].result, bytes_.id(byte(2)))
                                : ranks_.of(bytes_.id(byte(0)), vocabulary_.merges[high].result);
  return last == kNoMerge ? 2 : 1;
}

void MergeForest::write(BuiltTables& tables) const {
  ranks_.write(tables);
  tables.regular.assign(words_of_bits(vocabulary_.merges.size()), 0);
  for (const Node& node : nodes_) {
    const Rank rank = node.birth() - 1;
    if (rank < vocabulary_.merges.size()) tables.regular[rank / 64] |= std::uint64_t{1} << (rank % 64);
  }
}

}  // namespace ktl::tokenizer
