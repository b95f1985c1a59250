#include "tokenizer/matching.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "base/check.h"
#include "tokenizer/vocabulary_check.h"
#include "tokenizer/words.h"
#include "unicode/utf8.h"

namespace ktl::tokenizer {
namespace {

constexpr TokenId kNoToken = (TokenId{1} << 30);  // stands for a character that is not a token

// Whether it begins with nine times the same byte: then its tokens are the same, too, and soon found.
bool is_row(std::string_view text) {
  return text.size() > 8 && std::memcmp(text.data(), text.data() + 1, 8) == 0;
}

// Whether the token that ends at `at` stands there once more. Then it is tried first: in a row of lines or dots nearly
// all tokens are the same, and there are many longer ones that would be tried in vain. Short tokens are worth asking
// about in ASCII only.
bool stands_again(const Match& token, const char* at, const char* end) {
  const std::size_t size = token.length;
  const std::size_t worth_asking = static_cast<unsigned char>(*at) >= 0x80 ? 4 : *at == *(at - 1) ? 1 : 3;
  return size >= worth_asking && token.id != kNoToken && static_cast<std::size_t>(end - at) >= size &&
         *at == *(at - size) && std::memcmp(at, at - size, size) == 0;
}

std::uint32_t character_size(const char* at, const char* end) {
  const char* behind = at + 1;
  while (behind != end && behind - at < 4 && unicode::is_continuation(static_cast<unsigned char>(*behind))) ++behind;
  return static_cast<std::uint32_t>(behind - at);
}

// The last windows that were merged, each as long as no other one comes that begins like it: a text that repeats itself
// is merged once for each of its windows.
class MergedWindows {
 public:
  ShortMerge of(std::string_view text, const MergeForest& forest) {
    Window& window = windows_[number_of(text)];
    if (!window.merged || window.text != text) {
      window.text = text;
      window.merged = forest.merge_ascii(text);
    }
    return *window.merged;
  }

 private:
  struct Window {
    std::string_view text;
    std::optional<ShortMerge> merged;
  };
  static constexpr int kBits = 3;
  static std::size_t number_of(std::string_view text) {
    const std::uint64_t beginning = Words::load_just(text.data(), std::min<std::size_t>(text.size(), 8)).low;
    return (beginning * 0x9e3779b97f4a7c15u) >> (64 - kBits);
  }

  std::array<Window, std::size_t{1} << kBits> windows_;
};

}  // namespace

// Tokens taken so far, and the places found to lead nowhere, in arrays of the caller's.
class Matching::Trail {
 public:
  Trail(TokenId* ids, std::uint16_t* lengths, std::uint64_t* dead) : ids_(ids), lengths_(lengths), dead_(dead) {}
  bool is_dead(std::size_t place) const { return (dead_[place / 64] >> (place % 64) & 1) != 0; }
  void bury(std::size_t place) {
    dead_[place / 64] |= std::uint64_t{1} << (place % 64);
    last_dead_ = std::max(last_dead_, place);
  }
  std::size_t last_dead() const { return last_dead_; }
  // `is_guess`: longer tokens were not tried at its place.
  void push(const Match& match, bool is_guess) {
    ids_[size_] = match.id;
    lengths_[size_++] = static_cast<std::uint16_t>(match.length | (is_guess ? kGuess : 0));
  }
  Match pop() { return (*this)[--size_]; }
  bool last_is_guess() const { return (lengths_[size_ - 1] & kGuess) != 0; }
  // The first `size` tokens are never taken back.
  void settle(std::size_t size) { settled_ = size; }
  bool is_settled() const { return size_ == settled_; }
  TokenId last() const { return is_settled() ? kNoToken : ids_[size_ - 1]; }  // if it is not settled
  std::size_t size() const { return size_; }
  Match operator[](std::size_t i) const { return {ids_[i], lengths_[i] & (kGuess - 1u)}; }

 private:
  static constexpr std::uint16_t kGuess = 0x8000;
  static_assert(kMaxTokenBytes < kGuess);

  TokenId* ids_;
  std::uint16_t* lengths_;
  std::uint64_t* dead_;
  std::size_t size_ = 0;
  std::size_t settled_ = 0;
  std::size_t last_dead_ = 0;  // the first place is never dead
};

Matching::Matching(const MergeForest& forest, const TokenIndex& index, const Vocabulary& vocabulary,
                   ByteTokens byte_tokens, std::size_t cached_pairs)
    : forest_(forest),
      index_(index),
      byte_tokens_(std::move(byte_tokens)),
      cache_(cached_pairs),
      shorter_(std::make_unique<std::atomic<std::uint64_t>[]>(vocabulary.tokens.size())) {}

inline Matching::Try Matching::next_after(const Match& token, const Place& place, std::size_t done) const {
  if (stands_again(token, place.at + done, place.end)) return {token, true};
  return {index_.longest({place.at + done, place.end, place.readable_end}), false};
}

Match Matching::shorter(const Match& token, const char* at) const {
  constexpr std::uint64_t kKnown = std::uint64_t{1} << 63;
  const std::uint64_t known = shorter_[token.id].load(std::memory_order_relaxed);
  if (known != 0) return {static_cast<TokenId>(known), static_cast<std::uint32_t>((known & ~kKnown) >> 32)};
  const Match found = index_.longest({at, at + token.length - 1, at + token.length});
  shorter_[token.id].store(kKnown | std::uint64_t{found.length} << 32 | found.id, std::memory_order_relaxed);
  return found;
}

bool Matching::decide(TokenId left, TokenId right) const {
  const bool answer = forest_.compatible(left, right);
  cache_.store(left, right, answer);
  return answer;
}

bool Matching::search(const Place& place, Try next, std::size_t stop, std::size_t& begin, Trail& trail) const {
  std::size_t done = begin;
  std::size_t furthest = std::max(trail.last_dead(), begin);  // no place beyond is dead
  TokenId last = trail.last();
  while (true) {
    bool goes_on = next.token.length == 0;
    if (goes_on) {  // a character without a token, over which no token goes
      next.token = {kNoToken, character_size(place.at + done, place.end)};
      trail.settle(trail.size() + 1);
    } else {  // which of the tokens that begin here goes on?
      do {
        const std::size_t behind = done + next.token.length;
        goes_on = (behind > furthest || !trail.is_dead(behind)) && (last == kNoToken || fits(last, next.token.id));
      } while (!goes_on && !next.is_guess && next.token.length != 1 &&
               (next.token = shorter(next.token, place.at + done)).length != 0);
    }
    if (goes_on) {
      trail.push(next.token, next.is_guess);
      done += next.token.length;
      if (done >= stop) {
        begin = done;
        return true;
      }
      furthest = std::max(furthest, done);
      last = next.token.id;
      next = next_after(next.token, place, done);
      continue;
    }
    if (!next.is_guess) {  // all were tried
      if (trail.is_settled()) {
        KTL_CHECK(forest_.may_lack(), "every text has an encoding, since each of its letters is a token");
        return false;
      }
      trail.bury(done);
      next.is_guess = trail.last_is_guess();
      next.token = trail.pop();
      done -= next.token.length;
      last = trail.last();
    }
    // Behind a guess all are tried, from the longest on. Else the token taken back leads to the buried place, so the
    // next turn passes over it.
    if (next.is_guess) next = {index_.longest({place.at + done, place.end, place.readable_end}), false};
  }
}

// Each window begins where a token of the one before it ends, and where the two tokens there can stand side by side,
// what was merged apart is the result of merging both together. The last bytes of a window may be joined with what
// follows it, so their tokens are left to the next one; where even that was too few, another token is given up.
bool Matching::merge_by_windows(const Place& place, std::size_t& spare, std::size_t& done, Trail& trail) const {
  constexpr std::size_t kUnsure = 8;
  constexpr std::size_t kLongTokens = 5;  // bytes that two tokens have at least, where they are long
  const std::string_view text(place.at, static_cast<std::size_t>(place.end - place.at));
  std::unique_ptr<MergedWindows> windows;  // of a text of several
  while (done != text.size()) {
    const std::size_t begin = done;
    const std::string_view window = text.substr(begin, ShortMerge::kMost);
    if (!ShortMerge::is_ascii(window) || is_row(window)) return true;
    if (!windows && text.size() > ShortMerge::kMost) windows = std::make_unique<MergedWindows>();
    const ShortMerge merged = windows ? windows->of(window, forest_) : forest_.merge_ascii(window);
    if (!trail.is_settled() && !fits(trail.last(), merged.first())) {
      if (spare == 0) return false;
      --spare;
      done -= trail.pop().length;
      continue;
    }
    const std::size_t tokens = trail.size();
    const std::size_t sure = begin + window.size() == text.size() ? text.size() : begin + window.size() - kUnsure;
    merged.each([&](const Match& token) {
      if (done != begin && done + token.length > sure) return false;
      trail.push(token, true);
      done += token.length;
      return true;
    });
    if (2 * (done - begin) > kLongTokens * (trail.size() - tokens)) return true;
  }
  return true;
}

bool Matching::fill(const Place& place, const Match& first, Trail& trail) const {
  constexpr std::size_t kShortToken = 4;
  constexpr std::size_t kFewBytes = 6;
  const auto size = static_cast<std::size_t>(place.end - place.at);
  if (first.length == size) {
    trail.push(first, false);
    return true;
  }
  const bool are_short =
      first.length <= kShortToken && size >= kFewBytes && static_cast<unsigned char>(place.at[0] | place.at[1]) < 0x80;
  if (are_short || size > kStretch) [[unlikely]]
    return alternate(place, first, are_short, trail);
  std::size_t done = 0;
  return search(place, {first, false}, size, done, trail);
}

bool Matching::alternate(const Place& place, const Match& first, bool are_short, Trail& trail) const {
  constexpr std::size_t kShortTokens = 3;  // bytes that a token has at most, over a stretch, where they are short
  const auto size = static_cast<std::size_t>(place.end - place.at);
  std::size_t done = 0;
  std::size_t spare = size / ShortMerge::kMost;
  bool may_merge = true;
  while (true) {
    if (are_short && may_merge) {
      may_merge = merge_by_windows(place, spare, done, trail);
      if (done == size) return true;
    }
    const std::size_t begin = done;
    const std::size_t known = trail.size();
    const Try next = known == 0 ? Try{first, false} : next_after(trail[known - 1], place, done);
    if (!search(place, next, std::min(size, begin + kStretch), done, trail)) return false;
    if (done == size) return true;
    are_short = kShortTokens * (trail.size() - known) > done - begin;
  }
}

template <class Take>
void Matching::with_trail(const Place& place, const Match& first, Take take) const {
  const auto size = static_cast<std::size_t>(place.end - place.at);
  if (size <= kSmall) {
    TokenId ids[kSmall];
    std::uint16_t lengths[kSmall];
    std::uint64_t dead[kSmall / 64 + 1]{};
    Trail trail(ids, lengths, dead);
    take(fill(place, first, trail) ? &trail : nullptr);
    return;
  }
  const auto ids = std::make_unique_for_overwrite<TokenId[]>(size);
  const auto lengths = std::make_unique_for_overwrite<std::uint16_t[]>(size);
  const auto dead = std::make_unique<std::uint64_t[]>(size / 64 + 1);
  Trail trail(ids.get(), lengths.get(), dead.get());
  take(fill(place, first, trail) ? &trail : nullptr);
}

std::size_t Matching::count(const Place& place, const Match& first) const {
  std::size_t tokens = 0;
  with_trail(place, first, [&](const Trail* trail) {
    if (trail == nullptr) {
      tokens = merged(place).size();
      return;
    }
    tokens = trail->size();
    if (byte_tokens_.empty()) return;
    for (std::size_t i = 0; i < trail->size(); ++i) {
      const Match token = (*trail)[i];
      if (token.id == kNoToken) tokens += token.length - 1;
    }
  });
  return tokens;
}

void Matching::encode(const Place& place, const Match& first, std::vector<TokenId>& ids) const {
  with_trail(place, first, [&](const Trail* trail) {
    if (trail == nullptr) {
      const std::vector<TokenId> symbols = merged(place);
      ids.insert(ids.end(), symbols.begin(), symbols.end());
      return;
    }
    const char* at = place.at;
    for (std::size_t i = 0; i < trail->size(); ++i) {
      const Match token = (*trail)[i];
      if (token.id != kNoToken) {
        ids.push_back(token.id);
      } else {
        for (std::uint32_t k = 0; k < token.length; ++k) ids.push_back(byte_tokens_[static_cast<unsigned char>(at[k])]);
      }
      at += token.length;
    }
  });
}

std::vector<TokenId> Matching::merged(const Place& place) const {
  std::vector<TokenId> symbols;
  forest_.merge({place.at, place.end}, symbols);
  return symbols;
}

}  // namespace ktl::tokenizer
