#include "unicode/utf8.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace ktl::unicode {
namespace {

TEST(Utf8, EveryCodePointComesBack) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    char bytes[4];
    const char* const end = encode(c, bytes);
    const Decoded decoded = decode(bytes, end);
    ASSERT_TRUE(decoded.code_point == c) << "U+" << std::hex << static_cast<std::uint32_t>(c);
    ASSERT_EQ(decoded.size, static_cast<std::uint32_t>(end - bytes));
    ASSERT_TRUE(is_utf8(std::string_view(bytes, decoded.size)));
  }
}

TEST(Utf8, BrokenBytesAreTakenOneByOne) {
  for (const std::string_view bytes : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xEA\xB0",
                                       "\xF4\x90\x80\x80", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xFF", "\xC3\x28"}) {
    const std::string exact(bytes);
    const Decoded decoded = decode(exact.data(), exact.data() + exact.size());
    EXPECT_TRUE(decoded.code_point == kReplacement) << to_hex(bytes);
    EXPECT_EQ(decoded.size, 1u) << to_hex(bytes);
  }
}

}  // namespace
}  // namespace ktl::unicode
