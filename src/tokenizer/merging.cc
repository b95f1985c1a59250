#include "tokenizer/merging.h"

#include <cstdint>
#include <queue>
#include <tuple>

namespace ktl::tokenizer {
namespace {

constexpr std::uint32_t kEnd = ~std::uint32_t{0};

struct Symbol {
  TokenId id;
  std::uint32_t previous;
  std::uint32_t next;
  bool alive;
};

struct Candidate {
  Rank rank;
  std::uint32_t at;
  friend bool operator>(const Candidate& a, const Candidate& b) {
    return std::tie(a.rank, a.at) > std::tie(b.rank, b.at);
  }
};

class Run {
 public:
  Run(const std::vector<TokenId>& symbols, const PairRanks& ranks) : ranks_(ranks) {
    const auto size = static_cast<std::uint32_t>(symbols.size());
    chain_.reserve(size);
    for (std::uint32_t i = 0; i < size; ++i) {
      chain_.push_back({symbols[i], i == 0 ? kEnd : i - 1, i + 1 == size ? kEnd : i + 1, true});
    }
    for (std::uint32_t i = 0; i < size; ++i) offer(i);
  }

  void join_all(std::span<const Merge> merges) {
    while (!candidates_.empty()) {
      const auto [rank, at] = candidates_.top();
      candidates_.pop();
      // What stands here may have grown since; then the pair is another and was offered anew.
      if (chain_[at].alive && rank_at(at) == rank) join(at, merges[rank].result);
    }
  }

  void write(std::vector<TokenId>& symbols) const {
    symbols.clear();
    for (std::uint32_t at = chain_.empty() ? kEnd : 0; at != kEnd; at = chain_[at].next)
      symbols.push_back(chain_[at].id);
  }

 private:
  Rank rank_at(std::uint32_t at) const {
    const std::uint32_t next = chain_[at].next;
    return next == kEnd ? kNoMerge : ranks_.of(chain_[at].id, chain_[next].id);
  }
  void offer(std::uint32_t at) {
    if (const Rank rank = rank_at(at); rank != kNoMerge) candidates_.push({rank, at});
  }
  void join(std::uint32_t at, TokenId result) {
    Symbol& left = chain_[at];
    Symbol& right = chain_[left.next];
    left.id = result;
    right.alive = false;
    left.next = right.next;
    if (left.next != kEnd) chain_[left.next].previous = at;
    offer(at);
    if (left.previous != kEnd) offer(left.previous);
  }

  const PairRanks& ranks_;
  std::vector<Symbol> chain_;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> candidates_;
};

}  // namespace

void merge_symbols(std::vector<TokenId>& symbols, const PairRanks& ranks, std::span<const Merge> merges) {
  Run run(symbols, ranks);
  run.join_all(merges);
  run.write(symbols);
}

}  // namespace ktl::tokenizer
