// Any bytes, brought to NFC:
//   - the result is its own NFC, and what is surely NFC stays as it is
//   - it does not depend on where the text stands in memory, nor on what stands around
//   - where utf8proc knows the text and nothing in it is later than Unicode 9, its NFC is the same
#include <utf8proc.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "unicode/later_than_unicode_9.h"
#include "unicode/nfc.h"
#include "unicode/utf8.h"

namespace {

using namespace ktl::unicode;

std::string nfc(std::string_view text) {
  std::string storage;
  return std::string(to_nfc(text, storage));
}

bool is_later(char32_t c) {
  const auto holds = [c](CodePointRange range) { return range.first <= c && c <= range.last; };
  return std::ranges::any_of(kLaterMarks, holds) || std::ranges::any_of(kLaterComposites, holds);
}

// Also true of a text whose characters make a later composite: that shows in utf8proc's result.
bool has_later(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    if (is_later(ktl::next_code_point(text, at))) return true;
  }
  return false;
}

void compare_with_utf8proc(std::string_view text, std::string_view ours) {
  utf8proc_uint8_t* result = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &result, static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(result, &std::free);
  if (size < 0) return;
  const std::string_view theirs(reinterpret_cast<const char*>(result), static_cast<std::size_t>(size));
  KTL_CHECK(has_later(theirs) || theirs == ours, "utf8proc makes the same of it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16 * 1024) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string once = nfc(text);
  KTL_CHECK(nfc(once) == once, "NFC is its own NFC");
  KTL_CHECK(!is_surely_nfc(text) || once == text, "what is surely NFC stays as it is");
  if (!ktl::is_utf8(text)) return 0;
  KTL_CHECK(ktl::is_utf8(once), "NFC of UTF-8 is UTF-8");
  for (const std::string_view around : {"\n", "가 나다라마바사", "plain words of twenty bytes"}) {
    const std::string outside(around);
    KTL_CHECK(nfc(outside + "\n" + std::string(text) + "\n" + outside) == outside + "\n" + once + "\n" + outside,
              "what stands around does not matter");
  }
  // utf8proc swallows U+11A7, "no tail", behind an open syllable.
  const bool comparable = text.find("\u11A7") == std::string_view::npos && !has_later(text);
  if (comparable) compare_with_utf8proc(text, once);
  return 0;
}
