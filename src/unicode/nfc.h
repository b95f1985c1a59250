#pragma once
// Normalisation Form C (Unicode Standard Annex 15), by the tables of Unicode 9.0: what the reference tokenizers do to a
// text before they split it. Where today's NFC differs, and why: later_than_unicode_9.h.
//
// Nearly all text is in NFC already, and that is seen at memory speed; only the characters around one that may change
// are taken apart and put together again. Any input, n log n at worst (a run of combining marks is sorted). Bytes that
// are not UTF-8 are left as they are. Thread-safe.
#include <string>
#include <string_view>

namespace ktl::unicode {

// Makes the tables, which takes a millisecond or two; else the first text waits that is not plainly NFC.
void prepare_nfc();

// True if no character of `text` can change or combine. False does not mean that the text is not NFC.
bool is_surely_nfc(std::string_view text);

// `text` in NFC: itself if it surely is already, else what was written into `storage` (replaced).
// Valid as long as both.
std::string_view to_nfc(std::string_view text, std::string& storage);

}  // namespace ktl::unicode
