#include "protocol/language.h"

#include <gtest/gtest.h>

namespace ktl::protocol {
namespace {

TEST(LanguageOf, IsKoreanUnlessEnglishIsPreferred) {
  for (const char* header : {"", "ko", "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "*", "ja", "en;q=0", "en;q=x", "en;q=2",
                             "ko,en", "en;q=0.5,ko;q=0.5", "english", ";;,,=", "en;q=0.5,*;q=0.9"}) {
    EXPECT_EQ(language_of(header), Language::korean) << header;
  }
  for (const char* header : {"en", "en-US", "EN-gb", "en-US,en;q=0.9,ko;q=0.8", "ko;q=0.3, en;q=0.4", "fr, en;q=0.1",
                             "ko;q=0,en;q=0.001", " en ; q=1.000 ", "*;q=0.1,en"}) {
    EXPECT_EQ(language_of(header), Language::english) << header;
  }
}

}  // namespace
}  // namespace ktl::protocol
