#include "standin/engine/vocabulary_tokenizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>

#include "base/check.h"
#include "base/text.h"

namespace ktl::standin {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Malformed bytes become U+FFFD.
std::string mended(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const bool broken = next_code_point(text, at) == 0xFFFD;
    out.append(broken ? std::string_view("\xEF\xBF\xBD") : text.substr(begin, at - begin));
  }
  return out;
}

std::string composed(std::string_view text) {
  utf8proc_uint8_t* bytes = nullptr;
  const auto size = utf8proc_map(static_cast<const utf8proc_uint8_t*>(static_cast<const void*>(text.data())),
                                 static_cast<utf8proc_ssize_t>(text.size()), &bytes,
                                 static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  KTL_CHECK(size >= 0, "well-formed UTF-8 has a normal form");
  std::string out(static_cast<const char*>(static_cast<const void*>(bytes)), static_cast<std::size_t>(size));
  std::free(bytes);  // NOLINT: utf8proc hands out memory of malloc
  return out;
}

}  // namespace

VocabularyTokenizer::VocabularyTokenizer(BytePairs pairs, std::vector<AddedToken> added, bool compose)
    : pairs_(std::move(pairs)), added_(std::move(added)), compose_(compose) {
  std::stable_sort(added_.begin(), added_.end(),
                   [](const AddedToken& a, const AddedToken& b) { return a.text.size() > b.text.size(); });
  for (const auto& [text, id] : pairs_.ids()) texts_[id] = text;
  for (const AddedToken& token : added_) {
    begins_added_[static_cast<unsigned char>(token.text[0])] = true;
    texts_[token.id] = token.special ? std::string() : token.text;
  }
}

std::int64_t VocabularyTokenizer::count(std::string_view text) {
  counted_.clear();
  append(text, counted_);
  return static_cast<std::int64_t>(counted_.size());
}

const AddedToken* VocabularyTokenizer::added_at(std::string_view rest) const {
  if (!begins_added_[static_cast<unsigned char>(rest[0])]) return nullptr;
  const auto found =
      std::find_if(added_.begin(), added_.end(), [&](const AddedToken& token) { return rest.starts_with(token.text); });
  return found == added_.end() ? nullptr : &*found;
}

void VocabularyTokenizer::append(std::string_view text, std::vector<TokenId>& out) {
  std::string valid;
  if (!is_utf8(text)) text = valid = mended(text);
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const AddedToken* token = added_at(text.substr(at));
    if (token == nullptr) {
      ++at;
      continue;
    }
    append_text(text.substr(begin, at - begin), out);
    out.push_back(token->id);
    begin = at = at + token->text.size();
  }
  append_text(text.substr(begin), out);
}

void VocabularyTokenizer::append_text(std::string_view text, std::vector<TokenId>& out) {
  std::string normal;
  if (compose_ && !is_ascii(text)) text = normal = composed(text);
  for (const std::string_view piece : pieces_.of(text)) append_piece(piece, out);
}

void VocabularyTokenizer::append_piece(std::string_view piece, std::vector<TokenId>& out) {
  if (piece.size() > kLongestCached) {
    pairs_.append(piece, out);
    return;
  }
  auto known = cache_.find(piece);
  if (known == cache_.end()) {
    if (cache_.size() >= kMostCached) cache_.clear();
    known = cache_.try_emplace(std::string(piece)).first;
    pairs_.append(piece, known->second);
  }
  out.insert(out.end(), known->second.begin(), known->second.end());
}

std::string VocabularyTokenizer::decode(const std::vector<TokenId>& ids) const {
  std::string text;
  for (const TokenId id : ids) {
    const auto known = texts_.find(id);
    text += known != texts_.end() ? std::string_view(known->second) : std::string_view("\xEF\xBF\xBD");
  }
  return text;
}

}  // namespace ktl::standin
