#include "tokenizer/matching.h"

#include <utility>

#include "base/check.h"

namespace ktl::tokenizer {
namespace {

// Tokens taken so far, and the places found to lead nowhere; for short stretches, without the heap.
template <std::size_t kCapacity>
class SmallTrail {
 public:
  SmallTrail() {}  // NOLINT: leaves the arrays as they are
  bool is_dead(std::size_t place) const { return (dead_ >> (place - 1) & 1) != 0; }
  void bury(std::size_t place) { dead_ |= std::uint64_t{1} << (place - 1); }
  void push(const Match& match) {
    ids_[size_] = match.id;
    lengths_[size_++] = static_cast<std::uint8_t>(match.length);
  }
  void pop() { --size_; }
  Match last() const { return {ids_[size_ - 1], lengths_[size_ - 1]}; }
  std::size_t size() const { return size_; }
  Match operator[](std::size_t i) const { return {ids_[i], lengths_[i]}; }

 private:
  static_assert(kCapacity <= 64);
  TokenId ids_[kCapacity];  // not initialised: that would cost more than the rest
  std::uint8_t lengths_[kCapacity];
  std::uint64_t dead_ = 0;
  std::size_t size_ = 0;
};

class LargeTrail {
 public:
  explicit LargeTrail(std::size_t size) : dead_(size + 1) { taken_.reserve(size / 2); }
  bool is_dead(std::size_t place) const { return dead_[place]; }
  void bury(std::size_t place) { dead_[place] = true; }
  void push(const Match& match) { taken_.push_back(match); }
  void pop() { taken_.pop_back(); }
  Match last() const { return taken_.back(); }
  std::size_t size() const { return taken_.size(); }
  Match operator[](std::size_t i) const { return taken_[i]; }

 private:
  std::vector<Match> taken_;
  std::vector<bool> dead_;
};

constexpr TokenId kNoToken = (TokenId{1} << 30);  // stands for a character that is not a token

std::uint32_t character_size(const char* at, const char* end) {
  const auto is_continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  const char* behind = at + 1;
  while (behind != end && behind - at < 4 && is_continuation(*behind)) ++behind;
  return static_cast<std::uint32_t>(behind - at);
}

}  // namespace

Matching::Matching(const MergeForest& forest, const TokenIndex& index, const Vocabulary& vocabulary, ByteTokens byte_tokens,
                   std::size_t cached_pairs)
    : forest_(forest),
      index_(index),
      byte_tokens_(std::move(byte_tokens)),
      cache_(cached_pairs),
      shorter_(std::make_unique<std::atomic<std::uint64_t>[]>(vocabulary.tokens.size())) {}

Match Matching::shorter(const Match& token, const char* at) const {
  constexpr std::uint64_t kKnown = std::uint64_t{1} << 63;
  const std::uint64_t known = shorter_[token.id].load(std::memory_order_relaxed);
  if (known != 0) return {static_cast<TokenId>(known), static_cast<std::uint32_t>((known & ~kKnown) >> 32)};
  const Match found = index_.longest({at, at + token.length - 1, at + token.length});
  shorter_[token.id].store(kKnown | std::uint64_t{found.length} << 32 | found.id, std::memory_order_relaxed);
  return found;
}

template <class Trail>
bool Matching::find(const Place& place, Match next, Trail& trail) const {
  const auto size = static_cast<std::size_t>(place.end - place.at);
  std::size_t done = 0;
  while (true) {
    if (next.length == 0) next = {kNoToken, character_size(place.at + done, place.end)};
    bool fits_here = false;
    // Which of the tokens that begin here goes on?
    while (true) {
      const std::size_t behind = done + next.length;
      if (!trail.is_dead(behind) &&
          (trail.size() == 0 || next.id == kNoToken || trail.last().id == kNoToken || fits(trail.last().id, next.id))) {
        fits_here = true;
        break;
      }
      if (next.length == 1 || next.id == kNoToken) break;
      next = shorter(next, place.at + done);
      if (next.length == 0) break;
    }
    if (fits_here) {
      trail.push(next);
      done += next.length;
      if (done == size) return true;
      next = index_.longest({place.at + done, place.end, place.readable_end});
      continue;
    }
    if (trail.size() == 0) {
      KTL_CHECK(forest_.may_lack(), "every text has an encoding, since each of its letters is a token");
      return false;
    }
    trail.bury(done);
    next = trail.last();
    trail.pop();
    done -= next.length;
    // The token taken back leads to the buried place, so the next turn passes over it.
  }
}

std::size_t Matching::count(const Place& place, const Match& first) const {
  const auto size = static_cast<std::size_t>(place.end - place.at);
  const auto tokens_of = [](const auto& trail) {
    std::size_t tokens = 0;
    for (std::size_t i = 0; i < trail.size(); ++i) tokens += trail[i].id == kNoToken ? trail[i].length : 1;
    return tokens;
  };
  if (size <= kSmall) {
    SmallTrail<kSmall> trail;
    if (!find(place, first, trail)) return merged(place).size();
    return byte_tokens_.empty() ? trail.size() : tokens_of(trail);
  }
  LargeTrail trail(size);
  return find(place, first, trail) ? tokens_of(trail) : merged(place).size();
}

void Matching::encode(const Place& place, const Match& first, std::vector<TokenId>& ids) const {
  LargeTrail trail(static_cast<std::size_t>(place.end - place.at));
  if (!find(place, first, trail)) {
    const std::vector<TokenId> symbols = merged(place);
    ids.insert(ids.end(), symbols.begin(), symbols.end());
    return;
  }
  const char* at = place.at;
  for (std::size_t k = 0; k < trail.size(); ++k) {
    const Match match = trail[k];
    if (match.id != kNoToken) {
      ids.push_back(match.id);
    } else {
      for (std::uint32_t i = 0; i < match.length; ++i) ids.push_back(byte_tokens_[static_cast<unsigned char>(at[i])]);
    }
    at += match.length;
  }
}

std::vector<TokenId> Matching::merged(const Place& place) const {
  std::vector<TokenId> symbols;
  forest_.merge({place.at, place.end}, symbols);
  return symbols;
}

}  // namespace ktl::tokenizer
