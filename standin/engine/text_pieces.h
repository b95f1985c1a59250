#pragma once
// The pieces into which the Qwen tokenizers cut a text before they merge bytes: words with what stands before them,
// single digits, runs of signs, runs of blanks. By PCRE2 and the published expression itself.
#include <memory>
#include <string_view>
#include <vector>

namespace ktl::standin {

// The expression as it stands in the tokenizer.json of Qwen2, Qwen2.5 and Qwen3.
inline constexpr std::string_view kQwenPieces =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Belongs to one thread.
class TextPieces {
 public:
  TextPieces();
  ~TextPieces();
  TextPieces(TextPieces&&) noexcept;

  // Views into `text`, which must be well-formed UTF-8: in order, without gaps, valid until the next call.
  const std::vector<std::string_view>& of(std::string_view text);

 private:
  struct Expression;
  std::unique_ptr<Expression> expression_;
  std::vector<std::string_view> pieces_;
};

}  // namespace ktl::standin
