#include "tokenizer/open_sides.h"

namespace ktl::tokenizer {

OpenSides::OpenSides(const Vocabulary& vocabulary) {
  if (vocabulary.scheme == Scheme::byte_level) return;
  sides_.resize(vocabulary.tokens.size());
  for (const Merge& merge : vocabulary.merges) {
    sides_[merge.left] |= kRight;
    sides_[merge.right] |= kLeft;
  }
  // A token ends with its right part and begins with its left one. Most parts come before the whole; a vocabulary in
  // which many do not is not worth more passes.
  for (int passes_left = 8; passes_left > 0; --passes_left) {
    bool changed = false;
    for (const Merge& merge : vocabulary.merges) {
      const int parts = (sides_[merge.right] & kRight) | (sides_[merge.left] & kLeft);
      changed |= (parts & ~sides_[merge.result]) != 0;
      sides_[merge.result] |= static_cast<std::uint8_t>(parts);
    }
    if (!changed) return;
  }
  sides_.clear();
}

}  // namespace ktl::tokenizer
