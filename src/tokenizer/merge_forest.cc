#include "tokenizer/merge_forest.h"

#include <utility>

#include "tokenizer/merging.h"

namespace ktl::tokenizer {

MergeForest::MergeForest(const Vocabulary& vocabulary, LettersOf letters_of)
    : vocabulary_(vocabulary),
      letters_of_(std::move(letters_of)),
      ranks_(vocabulary.merges),
      nodes_(vocabulary.tokens.size()) {
  find_letters();
  find_regular();
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
    if (letters.size() == 1 && letters[0] == id) nodes_[id] = {id, id, 0};
  }
}

// In the order of ranks, the parts of a regular token come before it.
void MergeForest::find_regular() {
  for (Rank rank = 0; rank < vocabulary_.merges.size(); ++rank) {
    const auto [left, right, result] = vocabulary_.merges[rank];
    if (is_whole(result) || !is_whole(left) || !is_whole(right)) continue;
    if (ranks_.has_repeats() && ranks_.of(left, right) != rank) continue;  // given twice; the first counts
    if (grow_apart(left, right)) nodes_[result] = {left, right, rank + 1};
  }
}

void MergeForest::find_irregular() {
  std::vector<TokenId> symbols;
  for (const Merge& merge : vocabulary_.merges) {
    if (is_whole(merge.result)) continue;
    symbols.clear();
    letters_of_(vocabulary_.tokens[merge.result], symbols);
    merge_symbols(symbols, ranks_, vocabulary_.merges);
    if (symbols.size() != 1 || symbols[0] != merge.result) continue;
    nodes_[merge.result] = {merge.left, merge.right, kIrregular};
    ++irregular_;
  }
}

// Whether no merge across the border comes before both tokens are complete. Both are regular.
bool MergeForest::grow_apart(TokenId left, TokenId right) const {
  while (true) {
    const Node& a = nodes_[left];
    const Node& b = nodes_[right];
    if ((a.birth | b.birth) == 0) return true;
    // Of equals the left one came first, so the right one is undone first. A merge across the border that is equal to
    // the one undone would have come after it if that one stands to its left, and before it otherwise.
    Rank before = 0;
    if (a.birth > b.birth) {
      before = a.birth - 1;
      left = a.right;
    } else {
      before = b.birth;
      right = b.left;
    }
    if (ranks_.of(left, right) < before) return false;
  }
}

bool MergeForest::compatible_by_merging(TokenId left, TokenId right) const {
  std::vector<TokenId> symbols;
  letters_of_(vocabulary_.tokens[left], symbols);
  letters_of_(vocabulary_.tokens[right], symbols);
  merge_symbols(symbols, ranks_, vocabulary_.merges);
  return symbols.size() == 2 && symbols[0] == left && symbols[1] == right;
}

}  // namespace ktl::tokenizer
