#pragma once
// A tokenizer as its publisher describes it: tokens, merges, added tokens and the way text is split. A plain value,
// the same whether it was read from a Hugging Face tokenizer.json (hugging_face.h) or from our compact file
// (compact_file.h); the encoders (encoder.h) build their tables from it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktl::tokenizer {

using TokenId = std::uint32_t;

enum class Scheme : std::uint8_t {
  byte_level,     // tokens are byte strings; text is split into pieces first (Qwen2, Llama-3)
  sentencepiece,  // tokens are text with "▁" for the blank; unknown characters fall back to byte tokens (SOLAR,
                  // Llama-2)
};

// How byte-level text is cut into pieces that are merged each on its own.
enum class Split : std::uint8_t {
  none,    // sentencepiece
  qwen2,   // digits one by one
  llama3,  // digits in groups of at most three
};

struct Merge {
  TokenId left;
  TokenId right;
  TokenId result;

  friend bool operator==(const Merge&, const Merge&) = default;
};

// A token matched in the text before anything else, such as <|im_start|>, also where a user typed it.
struct AddedToken {
  std::string content;
  TokenId id = 0;
  bool special = false;
  bool normalized = false;  // matched in the normalised text instead of the raw one
  bool lstrip = false;      // swallows blanks to its left
  bool rstrip = false;
  bool single_word = false;

  friend bool operator==(const AddedToken&, const AddedToken&) = default;
};

// The bytes of every token by id, in one block. An id without a token has empty bytes.
class TokenTable {
 public:
  TokenTable() = default;
  // `ends` are where the tokens end in `bytes`: rising, the last at its end.
  TokenTable(std::string bytes, std::vector<std::uint32_t> ends) : bytes_(std::move(bytes)), ends_(std::move(ends)) {}

  void push_back(std::string_view bytes) {
    bytes_.append(bytes);
    ends_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  }
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](TokenId id) const {
    const std::uint32_t begin = id == 0 ? 0 : ends_[id - 1];
    return std::string_view(bytes_).substr(begin, ends_[id] - begin);
  }
  std::string_view all() const { return bytes_; }  // one behind another
  friend bool operator==(const TokenTable&, const TokenTable&) = default;

 private:
  std::string bytes_;
  std::vector<std::uint32_t> ends_;
};

struct Vocabulary {
  Scheme scheme = Scheme::byte_level;
  Split split = Split::none;
  bool nfc = false;            // the text is brought to NFC first (Unicode 9 tables, as the reference does)
  bool ignore_merges = false;  // a piece that is itself a token is taken whole, reachable by merges or not
  TokenTable tokens;           // byte_level: raw bytes. sentencepiece: UTF-8 text, byte tokens spelled "<0x0A>"
  std::vector<Merge> merges;   // by rank, the first is applied first
  std::vector<AddedToken> added;
  std::vector<TokenId> leading;    // put before a text that is encoded with special tokens (BOS), else empty
  std::optional<TokenId> unknown;  // sentencepiece: for a byte without a byte token

  friend bool operator==(const Vocabulary&, const Vocabulary&) = default;
};

}  // namespace ktl::tokenizer
