#include "series/codec.h"

#include <bit>
#include <cmath>

namespace ktl::series {
namespace {

constexpr std::size_t kMaxSpread = 256;  // buckets of a histogram; ours have 69
constexpr std::uint64_t kMaxName = 1 << 20;

class Writer {
 public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>(value | 0x80));
    out_.push_back(static_cast<char>(value));
  }
  void real(double value) {
    auto bits = std::bit_cast<std::uint64_t>(value);
    for (int i = 0; i < 8; ++i, bits >>= 8) out_.push_back(static_cast<char>(bits));
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : in_(in) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !in_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(in_.front());
      in_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    sound_ = false;
    return 0;
  }
  double real() {
    if (in_.size() < 8) sound_ = false;
    if (!sound_) return 0;
    std::uint64_t bits = 0;
    for (int i = 7; i >= 0; --i) bits = bits << 8 | static_cast<unsigned char>(in_[static_cast<std::size_t>(i)]);
    in_.remove_prefix(8);
    const double value = std::bit_cast<double>(bits);
    if (!std::isfinite(value)) sound_ = false;
    return value;
  }
  void refuse() { sound_ = false; }
  bool sound() const { return sound_; }
  bool at_end() const { return in_.empty(); }

 private:
  std::string_view in_;
  bool sound_ = true;
};

std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

void write(Writer& out, const Sum& sum) {
  out.number(sum.total);
}

void write(Writer& out, const Level& level) {
  out.number(level.count);
  out.real(level.mean);
  out.real(level.highest);
}

void write(Writer& out, const Spread& spread) {
  std::uint64_t filled = 0;
  for (const std::uint64_t count : spread.counts) filled += count > 0 ? 1 : 0;
  out.number(zigzag(spread.sum));
  out.number(filled);
  std::size_t last = 0;
  for (std::size_t i = 0; i < spread.counts.size(); ++i) {
    if (spread.counts[i] == 0) continue;
    out.number(i - last);
    out.number(spread.counts[i]);
    last = i;
  }
}

Level read_level(Reader& in) {
  Level level;
  level.count = in.number();
  level.mean = in.real();
  level.highest = in.real();
  return level;
}

Spread read_spread(Reader& in) {
  Spread spread;
  spread.sum = unzigzag(in.number());
  const std::uint64_t filled = in.number();
  if (filled > kMaxSpread) in.refuse();
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < filled && in.sound(); ++i) {
    const std::uint64_t step = in.number();
    if (step >= kMaxSpread || at + step >= kMaxSpread || (i > 0 && step == 0)) {
      in.refuse();
      break;
    }
    at += step;
    spread.counts.resize(at + 1);
    spread.counts[at] = in.number();
  }
  return spread;
}

}  // namespace

std::string encode(const Bucket& bucket) {
  Writer out;
  out.number(static_cast<std::uint64_t>(std::llround(bucket.seconds * 1e3)));
  std::uint64_t last = 0;
  for (const auto& [name, value] : bucket.values) {
    const auto number = static_cast<std::uint64_t>(name);
    out.number((number - last) * 4 + value.index());
    last = number;
    std::visit([&out](const auto& it) { write(out, it); }, value);
  }
  return out.take();
}

std::optional<Bucket> decode(std::string_view bytes) {
  Reader in(bytes);
  Bucket bucket;
  bucket.seconds = static_cast<double>(in.number()) / 1e3;
  std::uint64_t name = 0;
  while (in.sound() && !in.at_end()) {
    const std::uint64_t key = in.number();
    const std::uint64_t step = key / 4;
    name += step;
    if ((step == 0 && !bucket.values.empty()) || step > kMaxName || name > kMaxName) return std::nullopt;
    const NameId id{static_cast<std::uint32_t>(name)};
    switch (key % 4) {
      case 0:
        bucket.values.emplace_back(id, Sum{in.number()});
        break;
      case 1:
        bucket.values.emplace_back(id, read_level(in));
        break;
      case 2:
        bucket.values.emplace_back(id, read_spread(in));
        break;
      default:
        return std::nullopt;
    }
  }
  if (!in.sound()) return std::nullopt;
  return bucket;
}

}  // namespace ktl::series
