#include "tokenizer/token_pieces.h"

#include <algorithm>

#include "tokenizer/byte_tokens.h"

namespace ktl::tokenizer {
namespace {

constexpr std::string_view kBlank = "\xE2\x96\x81";  // "▁", which SentencePiece writes for it

std::string bytes_of_sentencepiece(std::string_view token) {
  const int byte = byte_of_token_name(token);
  if (byte >= 0) return std::string(1, static_cast<char>(byte));
  std::string text;
  while (!token.empty()) {
    const bool blank = token.starts_with(kBlank);
    text += blank ? ' ' : token.front();
    token.remove_prefix(blank ? kBlank.size() : 1);
  }
  return text;
}

}  // namespace

std::vector<TokenPiece> TokenPieces::of(std::string_view text, std::size_t most) const {
  std::vector<TokenId> ids;
  encoder_->encode(text, ids);
  ids.resize(std::min(ids.size(), most));
  std::vector<TokenPiece> pieces;
  pieces.reserve(ids.size());
  for (const TokenId id : ids) {
    const std::string_view token = encoder_->bytes_of(id);
    pieces.push_back({id, scheme_ == Scheme::sentencepiece ? bytes_of_sentencepiece(token) : std::string(token)});
  }
  return pieces;
}

}  // namespace ktl::tokenizer
