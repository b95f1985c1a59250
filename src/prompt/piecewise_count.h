#pragma once
// Counts a laid-out prompt without putting it together, exactly as if it had been: the parts are counted apart where it
// is certain that no token crosses, and together where one might.
//
// Where it is certain:
//   at an isolator    an added token is cut out of the text before anything else happens. Checked against the encoder
//                     at construction; if it does not hold there, isolators are counted as ordinary text.
//   byte_level        between a literal that ends with a line feed and a content that begins with a character that is
//                     certainly no blank: in both splits (Qwen2, Llama-3) a line feed can only be followed in its piece
//                     by blanks, no piece looks back, and no normalisation composes anything with a line feed.
//   sentencepiece     before a run of blanks: no token has a blank after anything but blanks. What comes after the cut
//                     is counted without the run's first blank, because the encoder puts one before every text.
//                     Not beside < and >, where an added token could begin or end: each text between added tokens gets
//                     a blank of its own.
//
// Counts of stretches of at least kWorthCaching bytes are kept in the message cache, if there is one; and of what stands
// between the cuts of two sentencepiece messages, short as it is: it is in pieces too long for the encoder to remember.
// A message below kWorthApart bytes is kept together with what stands before it: one question to the cache instead of two.
// Immutable and thread-safe but for the cache.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "prompt/chat_template.h"
#include "prompt/message_cache.h"
#include "tokenizer/encoder.h"

namespace ktl::prompt {

inline constexpr std::size_t kWorthCaching = 64;
inline constexpr std::size_t kWorthApart = 1024;

class PiecewiseCount {
 public:
  // `cache` may be null, and may be shared by the counters of one tokenizer and template only.
  PiecewiseCount(std::shared_ptr<const tokenizer::Encoder> encoder, tokenizer::Scheme scheme, TemplateFamily family,
                 std::shared_ptr<MessageCache> cache);

  // Requires a family other than unknown.
  std::int64_t chat(const tokenizer::ChatPrompt& prompt, EngineDialect dialect) const;

  // A text on its own.
  std::int64_t text(std::string_view text) const;

 private:
  class Tally;

  // How tools are shown: what a part means depends on it.
  struct Showing {
    const tokenizer::ToolChoice& choice;
    EngineDialect dialect;
  };

  bool isolates(std::string_view token) const;
  std::int64_t literal(std::string_view text) const;
  std::int64_t stretch(std::span<const Part> parts, const Showing& showing) const;
  std::int64_t byte_level(std::span<const Part> parts, const Showing& showing) const;
  // Of what stands between the cuts of two neighbours.
  std::int64_t joint(std::string_view before, std::string_view text) const;
  template <class Counting>
  std::int64_t remembered(const Digest& digest, const Counting& count) const;
  std::int64_t sentencepiece(std::span<const Part> parts, const Showing& showing) const;

  struct Known {
    std::string text;
    std::int64_t tokens;
  };

  std::shared_ptr<const tokenizer::Encoder> encoder_;
  tokenizer::Scheme scheme_;
  TemplateFamily family_;
  std::shared_ptr<MessageCache> cache_;
  bool isolated_ = false;
  std::vector<Known> literals_;  // what every prompt holds
};

}  // namespace ktl::prompt
