#pragma once
// Counts ASCII text of short tokens, such as random letters or base64, in windows (short_merge.h) instead of piece by
// piece: the cache knows none of its pieces, and each would be searched in vain and remembered in vain.
//
// Which text is so, the pieces tell that stand before it: a few in a row that the cache did not know, and whose tokens
// were short. Then come windows, and after them a piece is looked up again; if the cache does not know it, either,
// twice as many windows follow. So text that was seen before is soon counted from the cache again.
#include <cstddef>
#include <cstdint>

#include "tokenizer/merge_forest.h"

namespace ktl::tokenizer {

class ShortText {
 public:
  static constexpr std::size_t kWindow = ShortMerge::kMost;

  // A part of the text that is encoded on its own: nothing is joined across its ends, nor across its walls
  // (short_merge.h).
  struct Window {
    std::size_t size = 0;  // at most kWindow; 0: there is none
    std::uint64_t walls = 0;
  };

  // A piece that the cache did not know, and how many tokens it makes. True if it is time for count().
  bool note(const char* at, const char* end, std::size_t tokens) {
    const auto bytes = static_cast<std::size_t>(end - at);
    const bool goes_on = number(at) - end_ <= kGap && are_short(bytes, tokens);
    end_ = number(end);
    if (!goes_on) windows_ = 1;
    unknown_ = goes_on ? unknown_ + bytes : 0;
    return unknown_ >= kEnough;
  }

  // Adds the tokens of the windows from `at` on to `tokens`, and tells where it got to. `cut(at)` gives the window that
  // begins there, of the kWindow bytes of ASCII there.
  template <class Cut>
  const char* count(const char* at, const char* end, const MergeForest& forest, Cut cut, std::size_t& tokens) {
    for (std::size_t left = windows_; left > 0; --left) {
      if (end - at < static_cast<std::ptrdiff_t>(kWindow) || !ShortMerge::is_ascii({at, kWindow})) return at;
      const Window window = cut(at);
      if (window.size == 0) return at;
      const std::size_t made = forest.merge_ascii({at, window.size}, window.walls).tokens();
      tokens += made;
      at += window.size;
      end_ = number(at);
      if (!are_short(window.size, made)) {
        unknown_ = 0;
        windows_ = 1;
        return at;
      }
    }
    unknown_ = kEnough - 1;
    if (windows_ < kMostWindows) windows_ *= 2;
    return at;
  }

 private:
  static constexpr std::size_t kEnough = 12;  // bytes
  static constexpr std::size_t kGap = 12;     // known bytes between unknown pieces that do not matter
  static constexpr std::size_t kMostWindows = 32;
  static bool are_short(std::size_t bytes, std::size_t tokens) { return 5 * tokens >= 2 * bytes; }

  // Parts of a text may lie in different memory.
  static std::uintptr_t number(const char* at) { return reinterpret_cast<std::uintptr_t>(at); }

  std::uintptr_t end_ = 0;   // of the last unknown piece, or window
  std::size_t unknown_ = 0;  // bytes of unknown pieces in a row
  std::size_t windows_ = 1;
};

}  // namespace ktl::tokenizer
