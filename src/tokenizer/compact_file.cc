#include "tokenizer/compact_file.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "tokenizer/vocabulary_check.h"

namespace ktl::tokenizer {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "KTOK";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeadBytes = 16;

std::uint64_t checksum_of(std::string_view bytes) {
  std::uint64_t sum = bytes.size();
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t taken = std::min<std::size_t>(8, bytes.size());
    std::memcpy(&word, bytes.data(), taken);
    sum = (std::rotl(sum, 5) ^ word) * 0x9e3779b97f4a7c15u;
    bytes.remove_prefix(taken);
  }
  return sum ^ sum >> 32;
}

class Writer {
 public:
  template <class Number>
  void number(Number value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out_.append(bytes, sizeof value);
  }
  void size(std::size_t value) { number(static_cast<std::uint32_t>(value)); }
  void short_size(std::size_t value) {
    KTL_CHECK(value <= 0xffff, "a token has at most 65535 bytes");
    number(static_cast<std::uint16_t>(value));
  }
  void text(std::string_view text) { out_.append(text); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads on; once something is missing, every answer is zero or empty.
class Cursor {
 public:
  explicit Cursor(std::string_view rest) : rest_(rest) {}
  template <class Number>
  Number number() {
    Number value{};
    const std::string_view bytes = text(sizeof value);
    if (!bytes.empty()) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  // How many entries follow, of at least `least` bytes each.
  std::size_t entries(std::size_t least) {
    const auto claimed = number<std::uint32_t>();
    if (claimed > rest_.size() / least) broken_ = true;
    return broken_ ? 0 : claimed;
  }
  std::string_view text(std::size_t size) {
    if (size > rest_.size()) broken_ = true;
    if (broken_) return {};
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool is_whole() const { return !broken_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool broken_ = false;
};

std::uint8_t flags_of(const AddedToken& token) {
  return static_cast<std::uint8_t>(token.special | token.normalized << 1 | token.lstrip << 2 | token.rstrip << 3 |
                                   token.single_word << 4);
}

TokenTable read_tokens(Cursor& in) {
  std::vector<std::uint32_t> ends(in.entries(2));
  Cursor lengths(in.text(2 * ends.size()));
  std::uint64_t end = 0;
  for (std::uint32_t& each : ends) each = static_cast<std::uint32_t>(end += lengths.number<std::uint16_t>());
  return {std::string(in.text(end)), std::move(ends)};
}

void read_merges(Cursor& in, std::vector<Merge>& merges) {
  static_assert(sizeof(Merge) == 12);
  merges.resize(in.entries(sizeof(Merge)));
  const std::string_view bytes = in.text(merges.size() * sizeof(Merge));
  if (!bytes.empty()) std::memcpy(merges.data(), bytes.data(), bytes.size());
}

void read_added(Cursor& in, std::vector<AddedToken>& added) {
  for (std::size_t left = in.entries(7); left > 0; --left) {
    AddedToken token;
    token.id = in.number<std::uint32_t>();
    const auto flags = in.number<std::uint8_t>();
    token.special = (flags & 1) != 0;
    token.normalized = (flags & 2) != 0;
    token.lstrip = (flags & 4) != 0;
    token.rstrip = (flags & 8) != 0;
    token.single_word = (flags & 16) != 0;
    token.content = in.text(in.number<std::uint16_t>());
    added.push_back(std::move(token));
  }
}

}  // namespace

std::string write_compact(const Vocabulary& vocabulary) {
  Writer body;
  body.number(static_cast<std::uint8_t>(vocabulary.scheme));
  body.number(static_cast<std::uint8_t>(vocabulary.split));
  body.number(static_cast<std::uint8_t>(vocabulary.nfc));
  body.number(static_cast<std::uint8_t>(vocabulary.ignore_merges));
  body.size(vocabulary.unknown ? std::size_t{*vocabulary.unknown} + 1 : 0);
  body.size(vocabulary.tokens.size());
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) body.short_size(vocabulary.tokens[id].size());
  for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) body.text(vocabulary.tokens[id]);
  body.size(vocabulary.merges.size());
  for (const Merge& merge : vocabulary.merges) body.number(merge);
  body.size(vocabulary.added.size());
  for (const AddedToken& token : vocabulary.added) {
    body.number(token.id);
    body.number(flags_of(token));
    body.short_size(token.content.size());
    body.text(token.content);
  }
  body.size(vocabulary.leading.size());
  for (const TokenId id : vocabulary.leading) body.number(id);
  return with_compact_head(body.take());
}

std::string with_compact_head(std::string_view body) {
  Writer file;
  file.text(kMagic);
  file.number(kVersion);
  file.number(checksum_of(body));
  file.text(body);
  return file.take();
}

bool is_compact(std::string_view file) {
  return file.starts_with(kMagic);
}

tl::expected<Vocabulary, std::string> read_compact(std::string_view file) {
  const auto refuse = [](std::string message) { return tl::unexpected<std::string>(std::move(message)); };
  if (!is_compact(file) || file.size() < kHeadBytes) return refuse("not a compact tokenizer file");
  Cursor head(file.substr(kMagic.size(), kHeadBytes - kMagic.size()));
  if (const auto version = head.number<std::uint32_t>(); version != kVersion) {
    return refuse("a compact tokenizer file of another version: " + std::to_string(version));
  }
  if (head.number<std::uint64_t>() != checksum_of(file.substr(kHeadBytes))) {
    return refuse("a damaged compact tokenizer file: the checksum does not fit");
  }
  Cursor in(file.substr(kHeadBytes));
  Vocabulary vocabulary;
  vocabulary.scheme = static_cast<Scheme>(in.number<std::uint8_t>() & 1);
  const auto split = in.number<std::uint8_t>();
  vocabulary.split = split <= 2 ? static_cast<Split>(split) : Split::none;
  vocabulary.nfc = in.number<std::uint8_t>() != 0;
  vocabulary.ignore_merges = in.number<std::uint8_t>() != 0;
  if (const auto unknown = in.number<std::uint32_t>(); unknown != 0) vocabulary.unknown = unknown - 1;
  vocabulary.tokens = read_tokens(in);
  read_merges(in, vocabulary.merges);
  read_added(in, vocabulary.added);
  vocabulary.leading.resize(in.entries(sizeof(TokenId)));
  for (TokenId& id : vocabulary.leading) id = in.number<std::uint32_t>();
  if (!in.is_whole()) return refuse("a damaged compact tokenizer file: its parts do not fit");
  if (auto flaw = flaw_in(vocabulary)) return refuse(std::move(*flaw));
  return vocabulary;
}

}  // namespace ktl::tokenizer
