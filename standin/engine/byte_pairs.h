#pragma once
// Byte-pair merging by the vocabulary alone: of all neighbours whose joint text is a token, those with the lowest id
// are joined first, the leftmost of equals; until no neighbours make a token. For vocabularies whose ids follow their
// merges this is what the merges say.
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "standin/engine/tokens.h"

namespace ktl::standin {

class BytePairs {
 public:
  // Finds by string_view without making a string.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Ids = std::unordered_map<std::string, TokenId, Hash, std::equal_to<>>;

  // `ids` maps the bytes of a token to its id. Fails if one of the 256 bytes is no token.
  static Result<BytePairs> make(Ids ids);

  // Appends the tokens of `piece`: n log n in its bytes.
  void append(std::string_view piece, std::vector<TokenId>& out) const;

  const Ids& ids() const { return ids_; }

 private:
  explicit BytePairs(Ids ids) : ids_(std::move(ids)) {}
  void merge(std::string_view piece, std::vector<TokenId>& out) const;
  Ids ids_;
};

}  // namespace ktl::standin
