#pragma once
// Finds a vocabulary's added tokens in a text, such as <|im_start|>, and cuts the text at them. The leftmost is taken,
// and of those that begin at one place the longest, as the reference's Aho-Corasick automaton does.
//
// There are two passes: tokens with `normalized` unset are found in the raw text; what stands between them is
// normalised piece by piece, and the others are found in that. An AddedTokens holds the tokens of one pass.
//
// Immutable and thread-safe. No allocation. Ordinary text costs a search for the bytes that tokens begin with; a text
// full of longer beginnings costs some ten nanoseconds for each, and its length times that of the longest token at
// worst.
#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/vocabulary.h"

namespace ktl::tokenizer {

class AddedTokens {
 public:
  enum class Pass : bool { raw, normalized };
  AddedTokens(const Vocabulary& vocabulary, Pass pass);

  bool empty() const { return tokens_.empty(); }

  // Calls on_text(std::string_view) and on_token(TokenId) for the parts of `text` in order; texts are not empty. The
  // blanks that a token swallows (lstrip, rstrip) are in no part.
  template <class OnText, class OnToken>
  void split(std::string_view text, OnText on_text, OnToken on_token) const {
    std::size_t done = 0;  // what stands before it was given out or swallowed
    std::size_t searched = 0;
    while (const std::optional<Match> match = find(text, searched)) {
      const Extent extent = with_blanks(text, *match, done);
      if (done < extent.begin) on_text(text.substr(done, extent.begin - done));
      on_token(match->token->id);
      done = extent.end;
      searched = match->end;
    }
    if (done < text.size()) on_text(text.substr(done));
  }

 private:
  struct Match {
    std::size_t begin;
    std::size_t end;
    const AddedToken* token;
  };
  struct Extent {
    std::size_t begin;
    std::size_t end;
  };

  std::optional<Match> find(std::string_view text, std::size_t from) const;
  std::size_t find_first_byte(std::string_view text, std::size_t from) const;
  const AddedToken* longest_at(std::string_view rest) const;
  static std::size_t head_slot(std::uint64_t head) { return (head * 0x9e3779b97f4a7c15u) >> 54; }
  static Extent with_blanks(std::string_view text, const Match& match, std::size_t done);

  std::vector<AddedToken> tokens_;  // by content
  std::array<bool, 256> begins_{};  // by byte: some token begins with it
  std::optional<char> only_first_byte_;
  std::size_t head_size_ = 0;  // bytes of the shortest token, at most 8
  std::bitset<1024> heads_;    // by a hash of so many bytes: some token may begin with them
};

}  // namespace ktl::tokenizer
