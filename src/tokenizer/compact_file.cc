#include "tokenizer/compact_file.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "tokenizer/make_encoder.h"
#include "tokenizer/vocabulary_check.h"

namespace ktl::tokenizer {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "KTOK";
constexpr std::uint32_t kVersion = 5;
constexpr std::size_t kHeadBytes = 16;

// Of bytes given bit by bit; four sums, which the processor can make at once.
class Checksum {
 public:
  void add(const char* bytes, std::size_t size) {
    if (size == 0) return;
    size_ += size;
    if (filled_ != 0) {
      const std::size_t taken = std::min(size, kBlock - filled_);
      std::memcpy(block_ + filled_, bytes, taken);
      filled_ += taken;
      if (filled_ < kBlock) return;
      mix(block_);
      bytes += taken;
      size -= taken;
    }
    for (; size >= kBlock; size -= kBlock, bytes += kBlock) mix(bytes);
    filled_ = size;
    if (size != 0) std::memcpy(block_, bytes, size);
  }
  std::uint64_t sum() const {
    Checksum last = *this;
    std::memset(last.block_ + filled_, 0, kBlock - filled_);
    last.mix(last.block_);
    std::uint64_t sum = size_;
    for (const std::uint64_t each : last.sums_) sum = step(sum, each);
    return sum ^ sum >> 32;
  }

 private:
  static constexpr std::size_t kBlock = 32;
  static std::uint64_t step(std::uint64_t sum, std::uint64_t word) {
    return (std::rotl(sum, 5) ^ word) * 0x9e3779b97f4a7c15u;
  }
  void mix(const char* block) {
    for (std::size_t i = 0; i < 4; ++i) {
      std::uint64_t word = 0;
      std::memcpy(&word, block + 8 * i, 8);
      sums_[i] = step(sums_[i], word);
    }
  }

  std::uint64_t sums_[4]{};
  char block_[kBlock];
  std::size_t filled_ = 0;
  std::uint64_t size_ = 0;
};

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
  template <class Entry>
  void table(const std::vector<Entry>& table) {
    const std::size_t bytes = table.size() * sizeof(Entry);
    size(bytes);
    out_.append(reinterpret_cast<const char*>(table.data()), bytes);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// Reads on; once something is missing, every answer is zero or empty.
class Reader {
 public:
  explicit Reader(ByteSource& source) : source_(source) {}
  template <class Number>
  Number number() {
    Number value{};
    read(reinterpret_cast<char*>(&value), sizeof value);
    return broken_ ? Number{} : value;
  }
  // How many entries follow, of at least `least` bytes each.
  std::size_t entries(std::size_t least) {
    const auto claimed = number<std::uint32_t>();
    if (claimed > source_.left() / least) broken_ = true;
    return broken_ ? 0 : claimed;
  }
  std::string text(std::size_t size) {
    std::string text;
    if (!is_there(size)) return text;
    text.resize(size);
    read(text.data(), size);
    return text;
  }
  template <class Entry>
  void array(std::vector<Entry>& array, std::size_t size) {
    if (!is_there(size * sizeof(Entry))) return;
    array.resize(size);
    read(reinterpret_cast<char*>(array.data()), size * sizeof(Entry));
  }
  // A table as Writer::table() wrote it.
  template <class Entry>
  void table(std::vector<Entry>& table) {
    const std::size_t bytes = entries(1);
    if (bytes % sizeof(Entry) != 0) broken_ = true;
    array(table, bytes / sizeof(Entry));
  }
  bool is_at_end() const { return source_.left() == 0; }
  bool is_whole() const { return !broken_ && is_at_end(); }
  std::uint64_t checksum() const { return checksum_.sum(); }

 private:
  bool is_there(std::size_t size) {
    if (size > source_.left()) broken_ = true;
    return !broken_;
  }
  void read(char* to, std::size_t size) {
    if (!is_there(size)) return;
    if (!source_.read(to, size)) broken_ = true;
    if (!broken_) checksum_.add(to, size);
  }

  ByteSource& source_;
  Checksum checksum_;
  bool broken_ = false;
};

std::uint8_t flags_of(const AddedToken& token) {
  return static_cast<std::uint8_t>(token.special | token.normalized << 1 | token.lstrip << 2 | token.rstrip << 3 |
                                   token.single_word << 4);
}

TokenTable read_tokens(Reader& in) {
  std::vector<std::uint16_t> lengths;
  in.array(lengths, in.entries(2));
  std::vector<std::uint32_t> ends;
  ends.reserve(lengths.size());
  std::uint64_t end = 0;
  for (const std::uint16_t length : lengths) ends.push_back(static_cast<std::uint32_t>(end += length));
  std::string bytes = in.text(end);
  if (bytes.size() != end) ends.clear();
  return {std::move(bytes), std::move(ends)};
}

void read_added(Reader& in, std::vector<AddedToken>& added) {
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

template <class Tables, class Each>
void each_table(Tables&& tables, Each each) {
  each(tables.regular);
  each(tables.pair_filter);
  each(tables.pair_slots);
  each(tables.token_slots);
  each(tables.few);
  each(tables.some);
  each(tables.characters);
  each(tables.character_pairs);
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
  // The encoder is gone before the vocabulary that it is lent.
  const auto encoder = make_encoder(std::shared_ptr<const Vocabulary>(std::shared_ptr<void>(), &vocabulary));
  each_table(encoder->tables(), [&body](const auto& table) { body.table(table); });
  return with_compact_head(body.take());
}

std::string with_compact_head(std::string_view body) {
  Checksum checksum;
  checksum.add(body.data(), body.size());
  Writer file;
  file.text(kMagic);
  file.number(kVersion);
  file.number(checksum.sum());
  file.text(body);
  return file.take();
}

bool is_compact(std::string_view file) {
  return file.starts_with(kMagic);
}

tl::expected<CompactTokenizer, std::string> read_compact(ByteSource& file) {
  const auto refuse = [](std::string message) { return tl::unexpected<std::string>(std::move(message)); };
  char head[kHeadBytes];
  if (!file.read(head, sizeof head) || !is_compact({head, sizeof head})) return refuse("not a compact tokenizer file");
  std::uint32_t version = 0;
  std::uint64_t checksum = 0;
  std::memcpy(&version, head + 4, sizeof version);
  std::memcpy(&checksum, head + 8, sizeof checksum);
  if (version != kVersion) return refuse("a compact tokenizer file of another version: " + std::to_string(version));
  Reader in(file);
  CompactTokenizer read;
  Vocabulary& vocabulary = read.vocabulary;
  vocabulary.scheme = static_cast<Scheme>(in.number<std::uint8_t>() & 1);
  const auto split = in.number<std::uint8_t>();
  vocabulary.split = split <= 2 ? static_cast<Split>(split) : Split::none;
  vocabulary.nfc = in.number<std::uint8_t>() != 0;
  vocabulary.ignore_merges = in.number<std::uint8_t>() != 0;
  if (const auto unknown = in.number<std::uint32_t>(); unknown != 0) vocabulary.unknown = unknown - 1;
  vocabulary.tokens = read_tokens(in);
  static_assert(sizeof(Merge) == 12);
  in.array(vocabulary.merges, in.entries(sizeof(Merge)));
  read_added(in, vocabulary.added);
  in.array(vocabulary.leading, in.entries(sizeof(TokenId)));
  if (!in.is_at_end()) each_table(read.tables, [&in](auto& table) { in.table(table); });
  if (!in.is_whole()) return refuse("a damaged compact tokenizer file: its parts do not fit");
  if (in.checksum() != checksum) return refuse("a damaged compact tokenizer file: the checksum does not fit");
  if (auto flaw = flaw_in(vocabulary)) return refuse(std::move(*flaw));
  return read;
}

tl::expected<CompactTokenizer, std::string> read_compact(std::string_view file) {
  MemorySource source(file);
  return read_compact(source);
}

}  // namespace ktl::tokenizer
