// Copies what cannot change, and normalises the stretches between: from the last character before which text can be cut
// to the next one.
#include "unicode/nfc.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "unicode/hangul.h"
#include "unicode/nfc_tables.h"
#include "unicode/utf8.h"

namespace ktl::unicode {
namespace {

// Lead bytes of which some characters may change or combine. All others lead only characters that surely do not:
// ASCII, U+0080-02FF (before CC), U+4000-9FFF (E4-E9), U+AC00-D7FF (EA B0 - ED; Hangul syllables), U+E000-EFFF (EE).
// Continuation bytes are none.
bool may_lead_change(unsigned char lead, unsigned char next) {
  return (lead >= 0xCC && lead <= 0xE3) || (lead == 0xEA && next < 0xB0) || lead >= 0xEF;
}

typedef signed char Bytes __attribute__((vector_size(16)));
typedef std::uint64_t Words __attribute__((vector_size(16)));

// may_lead_change() for 16 bytes at once: every bit of a byte is set where it holds. 17 bytes are read.
Words may_lead_change(const char* at) {
  Bytes lead;
  Bytes next;
  std::memcpy(&lead, at, sizeof lead);
  std::memcpy(&next, at + 1, sizeof next);
  constexpr auto at_most = [](unsigned char byte) { return static_cast<signed char>(byte); };
  // Signed, so bytes from 0x80 on are the negative ones, in rising order.
  const Bytes middle = (lead > at_most(0xCB)) & (lead < at_most(0xE4));
  const Bytes yi = (lead == at_most(0xEA)) & (next < at_most(0xB0));
  const Bytes high = (lead > at_most(0xEE)) & (lead < 0);
  return reinterpret_cast<Words>(middle | yi | high);
}

// The first byte in [at, end) that may lead a character that changes; `end` if there is none.
const char* find_suspect(const char* at, const char* end) {
  for (; end - at > 16; at += 16) {
    const Words found = may_lead_change(at);
    if ((found[0] | found[1]) != 0) break;
  }
  while (at != end) {
    const auto lead = static_cast<unsigned char>(*at);
    const auto next = static_cast<unsigned char>(end - at > 1 ? at[1] : 0);
    if (may_lead_change(lead, next)) return at;
    ++at;
  }
  return at;
}

// Walks over characters that surely stay as they are. Stops at one that may not, or at `end`.
const char* find_inner(const NfcTables& tables, const char* at, const char* end) {
  while ((at = find_suspect(at, end)) != end) {
    const Decoded decoded = decode(at, end);
    if (!tables.is_boundary(decoded.code_point)) return at;
    at += decoded.size;
  }
  return at;
}

// The beginning of the character that ends at `at`, not before `begin`; `at` if it is not well-formed.
const char* step_back(const char* begin, const char* at) {
  for (const char* lead = at; lead != begin && at - lead < 4;) {
    --lead;
    if (is_continuation(static_cast<unsigned char>(*lead))) continue;
    const Decoded decoded = decode(lead, at);
    return decoded.size == at - lead && decoded.code_point != kReplacement ? lead : at;
  }
  return at;
}

// Normalises one stretch after another; keeps its memory.
class Composer {
 public:
  explicit Composer(const NfcTables& tables) : tables_(tables) {}

  // Appends the NFC of [at, end), which is well-formed.
  void append(const char* at, const char* end, std::string& out) {
    size_ = 0;
    while (at != end) {
      const Decoded decoded = decode(at, end);
      decompose(decoded.code_point);
      at += decoded.size;
    }
    sort_marks();
    compose();
    const std::size_t written = out.size();
    out.resize(written + 4 * size_);
    char* to = out.data() + written;
    for (const Character& c : characters()) to = encode(c.code_point, to);
    out.resize(static_cast<std::size_t>(to - out.data()));
  }

 private:
  struct Character {
    char32_t code_point;
    std::uint8_t combining_class;
  };

  std::span<Character> characters() { return std::span(memory_).first(size_); }
  void add(char32_t code_point, std::uint8_t combining_class) {
    if (size_ == memory_.size()) memory_.resize(2 * size_ + 16);
    memory_[size_++] = {code_point, combining_class};
  }

  void decompose(char32_t c) {
    if (hangul::is_syllable(c)) {
      add(hangul::lead_of(c), 0);
      add(hangul::vowel_of(c), 0);
      if (hangul::has_tail(c)) add(hangul::tail_of(c), 0);
      return;
    }
    if (c < 0xC0 || (c >= 0x1100 && c < 0x1200)) {  // ASCII, jamo
      add(c, 0);
      return;
    }
    const NfcTables::Decomposition& found = tables_.decomposition(c);
    if (found.size == 0) {
      add(c, found.combining_class);
      return;
    }
    for (const char32_t part : found.view()) add(part, tables_.decomposition(part).combining_class);
  }

  // Every run of combining marks by class; marks of one class keep their order.
  void sort_marks() {
    constexpr std::ptrdiff_t kFew = 16;  // are sorted without memory
    const auto is_mark = [](const Character& c) { return c.combining_class != 0; };
    const auto by_class = [](const Character& a, const Character& b) { return a.combining_class < b.combining_class; };
    const std::span<Character> all = characters();
    for (auto begin = all.begin(); begin != all.end();) {
      begin = std::find_if(begin, all.end(), is_mark);
      const auto end = std::find_if_not(begin, all.end(), is_mark);
      if (end - begin > kFew) {
        std::stable_sort(begin, end, by_class);
      } else {
        for (auto next = begin; next != end; ++next) {
          std::rotate(std::upper_bound(begin, next, *next, by_class), next, next + 1);
        }
      }
      begin = end;
    }
  }

  char32_t composition(char32_t first, char32_t second) const {
    const char32_t syllable = hangul::compose(first, second);
    return syllable != 0 ? syllable : tables_.composition(first, second);
  }

  // A character combines with the last starter before it, unless another of the same or a higher class, or a starter,
  // stands between.
  void compose() {
    const std::span<Character> all = characters();
    std::size_t kept = 0;
    std::size_t starter = 0;
    bool has_starter = false;
    for (const Character c : all) {
      const bool adjacent = kept == starter + 1;
      const bool reaches = has_starter && (adjacent || all[kept - 1].combining_class < c.combining_class);
      const char32_t whole = reaches ? composition(all[starter].code_point, c.code_point) : 0;
      if (whole != 0) {
        all[starter].code_point = whole;
        continue;
      }
      if (c.combining_class == 0) {
        starter = kept;
        has_starter = true;
      }
      all[kept++] = c;
    }
    size_ = kept;
  }

  const NfcTables& tables_;
  std::vector<Character> memory_;
  std::size_t size_ = 0;
};

}  // namespace

void prepare_nfc() {
  NfcTables::get();
}

bool is_surely_nfc(std::string_view text) {
  const char* const end = text.data() + text.size();
  return find_inner(NfcTables::get(), text.data(), end) == end;
}

std::string_view to_nfc(std::string_view text, std::string& storage) {
  const char* copied = text.data();  // what stands before it is in `storage`
  const char* const end = copied + text.size();
  const NfcTables& tables = NfcTables::get();
  const char* at = find_inner(tables, copied, end);
  if (at == end) return text;
  storage.clear();
  storage.reserve(text.size());
  Composer composer(tables);
  while (at != end) {
    const char* const begin = step_back(copied, at);
    storage.append(copied, begin);
    while (at != end) {
      const Decoded decoded = decode(at, end);
      if (tables.is_boundary(decoded.code_point)) break;
      at += decoded.size;
    }
    composer.append(begin, at, storage);
    copied = at;
    at = find_inner(tables, at, end);
  }
  storage.append(copied, end);
  return storage;
}

}  // namespace ktl::unicode
