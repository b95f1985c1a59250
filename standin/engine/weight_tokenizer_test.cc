#include <gtest/gtest.h>

#include "base/text.h"
#include "standin/engine/chat_template.h"
#include "standin/engine/weight_tokenizer.h"

namespace ktl::standin {
namespace {

// The quick estimate that operators know from the README, written down here a second time on purpose.
std::int64_t readme_estimate(std::string_view text) {
  double hangul = 0, letters = 0, other = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    if (c >= 0xAC00 && c <= 0xD7AF) {
      ++hangul;
    } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
      ++letters;
    } else {
      ++other;
    }
  }
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(1.15 * hangul + 0.25 * letters + 0.5 * other));
}

TEST(WeightTokenizer, TheDefaultChatAroundHelloCostsThirty) {
  WeightTokenizer tokenizer;
  const std::vector<TokenId> published{151644, 8948,   198, 2610, 525,  1207,   16948, 11,     3465,  553,
                                       54364,  14817,  13,  1446, 525,  264,    10950, 17847,  13,    151645,
                                       198,    151644, 872, 198,  9707, 151645, 198,   151644, 77091, 198};
  EXPECT_EQ(tokenizer.encode(render_chat({{"user", "Hello", {}}}, {})), published);
}

TEST(WeightTokenizer, TheTemplateCostsFiveAroundATurnAndThreeForTheAnswer) {
  WeightTokenizer tokenizer;
  const std::vector<ChatTurn> turns{{"system", "너는 친절한 조수다.", {}},
                                    {"user", "안녕하세요, 2 + 3 = ?", {}},
                                    {"assistant", "", {}},
                                    {"user", "x", {}}};
  std::int64_t expected = 3;
  for (const ChatTurn& turn : turns) expected += 5 + tokenizer.count(turn.content);
  EXPECT_EQ(tokenizer.count(render_chat(turns, {})), expected);
  const std::vector<ChatTurn> without_system(turns.begin() + 1, turns.end());
  EXPECT_EQ(tokenizer.count(render_chat(without_system, {})),
            expected - 5 - tokenizer.count(turns.front().content) + 21);
}

TEST(WeightTokenizer, PublishedExamplesComeOutAsPublished) {
  WeightTokenizer tokenizer;
  EXPECT_EQ(tokenizer.encode("hello world"), (std::vector<TokenId>{14990, 1879}));
  EXPECT_EQ(tokenizer.count("1 2 3"), 5);
  EXPECT_EQ(tokenizer.count(""), 0);
  EXPECT_EQ(tokenizer.count("a"), 1);
}

TEST(WeightTokenizer, OrdinaryTextNeverCostsMoreThanTheQuickEstimate) {
  for (const std::string_view text :
       {"안녕하세요. 오늘 날씨가 어떤지 알려 주세요!", "I am a boy. Is it ok?",
        "The quick brown fox jumps over the lazy dog.", "가", "네", "서울에서 부산까지 기차로 세 시간쯤 걸립니다.",
        "한국어 and English 섞어 쓰기", "회의는 오후 3시에 시작합니다."}) {
    EXPECT_LE(WeightTokenizer().count(text), readme_estimate(text)) << text;
  }
}

TEST(WeightTokenizer, PiecesAreAsManyAsCountedAndDecodeToTheText) {
  for (const std::string_view text :
       {"안녕하세요 세계", "hello world", "1 2 3", "a,b;c  \n\n d", "\xFF\xFE broken \xED\xA0\x80"}) {
    WeightTokenizer tokenizer;
    const auto ids = tokenizer.encode(text);
    EXPECT_EQ(static_cast<std::int64_t>(ids.size()), tokenizer.count(text)) << text;
    EXPECT_EQ(tokenizer.decode(ids), text);
  }
}

}  // namespace
}  // namespace ktl::standin
