#include "standin/engine/tokenizer_file.h"

#include <simdjson.h>

#include <array>

#include "base/text.h"

namespace ktl::standin {
namespace {

using Element = simdjson::dom::element;

// Byte-level vocabularies spell bytes as printable characters: those that are printable in Latin-1 as themselves, the
// others in order as U+0100, U+0101, …
constexpr std::size_t kLetters = 0x100 + 68;
std::array<int, kLetters> make_alphabet() {
  std::array<int, kLetters> byte_of{};
  byte_of.fill(-1);
  std::size_t next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool printable =
        (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || (byte >= 0xAE && byte <= 0xFF);
    byte_of[printable ? static_cast<std::size_t>(byte) : next++] = byte;
  }
  return byte_of;
}

tl::unexpected<Error> refuse(std::string why) {
  return fail(ErrorCode::invalid, ErrorSource::client, "not a tokenizer.json of the Qwen kind: " + std::move(why));
}

std::string_view text_at(Element element, std::string_view pointer) {
  std::string_view text;
  return element.at_pointer(pointer).get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool flag_at(Element element, std::string_view pointer) {
  bool flag = false;
  return element.at_pointer(pointer).get(flag) == simdjson::SUCCESS && flag;
}

Result<BytePairs::Ids> read_vocabulary(Element file) {
  simdjson::dom::object vocabulary;
  if (file.at_pointer("/model/vocab").get(vocabulary) != simdjson::SUCCESS) return refuse("no model.vocab");
  BytePairs::Ids ids;
  for (const auto& [token, value] : vocabulary) {
    std::uint64_t id = 0;
    std::string bytes;
    if (value.get(id) != simdjson::SUCCESS || id > 0xFFFFFFFF || !bytes_of_token(token, bytes)) {
      return refuse("the vocabulary holds " + std::string(token));
    }
    ids.insert_or_assign(std::move(bytes), static_cast<TokenId>(id));
  }
  return ids;
}

// "a b" or ["a", "b"], without what stands between.
std::string joined_pair(Element merge) {
  std::string_view text;
  if (merge.get(text) == simdjson::SUCCESS) {
    const std::size_t blank = text.find(' ');
    return blank == std::string_view::npos ? std::string()
                                           : std::string(text.substr(0, blank)).append(text.substr(blank + 1));
  }
  return std::string(text_at(merge, "/0")).append(text_at(merge, "/1"));
}

// Merging by the lowest id is right only where ids follow the merges.
Result<void> check_merges(Element file, const BytePairs::Ids& ids) {
  simdjson::dom::array merges;
  if (file.at_pointer("/model/merges").get(merges) != simdjson::SUCCESS) return refuse("no model.merges");
  TokenId last = 0;
  for (const Element merge : merges) {
    std::string bytes;
    const std::string token = joined_pair(merge);
    const auto made = bytes_of_token(token, bytes) ? ids.find(bytes) : ids.end();
    if (made == ids.end()) return refuse("a merge makes no token: " + token);
    if (made->second <= last) return refuse("the ids do not follow the merges at " + token);
    last = made->second;
  }
  return {};
}

Result<std::vector<AddedToken>> read_added(Element file) {
  std::vector<AddedToken> added;
  simdjson::dom::array list;
  if (file.at_pointer("/added_tokens").get(list) != simdjson::SUCCESS) return added;
  for (const Element entry : list) {
    std::uint64_t id = 0;
    const std::string_view text = text_at(entry, "/content");
    if (text.empty() || entry.at_pointer("/id").get(id) != simdjson::SUCCESS || id > 0xFFFFFFFF) {
      return refuse("an added token without content or id");
    }
    for (const std::string_view option : {"/single_word", "/lstrip", "/rstrip", "/normalized"}) {
      if (flag_at(entry, option)) return refuse("the added token " + std::string(text) + " has " + std::string(option));
    }
    added.push_back({std::string(text), static_cast<TokenId>(id), flag_at(entry, "/special")});
  }
  return added;
}

}  // namespace

bool bytes_of_token(std::string_view token, std::string& bytes) {
  static const std::array<int, kLetters> kByteOf = make_alphabet();
  for (std::size_t at = 0; at < token.size();) {
    const char32_t letter = next_code_point(token, at);
    if (letter >= kLetters || kByteOf[letter] < 0) return false;
    bytes.push_back(static_cast<char>(kByteOf[letter]));
  }
  return !bytes.empty();
}

Result<std::unique_ptr<VocabularyTokenizer>> read_tokenizer(std::string_view json) {
  simdjson::dom::parser parser;
  Element file;
  if (parser.parse(json.data(), json.size(), true).get(file) != simdjson::SUCCESS) return refuse("not JSON");
  if (text_at(file, "/model/type") != "BPE") return refuse("the model is " + std::string(text_at(file, "/model/type")));
  if (text_at(file, "/pre_tokenizer/pretokenizers/0/pattern/Regex") != kQwenPieces ||
      text_at(file, "/pre_tokenizer/pretokenizers/1/type") != "ByteLevel" ||
      flag_at(file, "/pre_tokenizer/pretokenizers/1/add_prefix_space") ||
      flag_at(file, "/pre_tokenizer/pretokenizers/1/use_regex")) {
    return refuse("it cuts text by another expression");
  }
  const std::string_view normalizer = text_at(file, "/normalizer/type");
  Element any;
  if (normalizer != "NFC" && file.at_pointer("/normalizer").get(any) == simdjson::SUCCESS && !any.is_null()) {
    return refuse("its normalizer is not NFC");
  }
  auto ids = read_vocabulary(file);
  if (!ids) return tl::unexpected(ids.error());
  if (const auto merges = check_merges(file, *ids); !merges) return tl::unexpected(merges.error());
  auto added = read_added(file);
  if (!added) return tl::unexpected(added.error());
  auto pairs = BytePairs::make(std::move(*ids));
  if (!pairs) return tl::unexpected(pairs.error());
  return std::make_unique<VocabularyTokenizer>(std::move(*pairs), std::move(*added), normalizer == "NFC");
}

}  // namespace ktl::standin
