#include "standin/engine/korean_text.h"

#include <array>
#include <string_view>

#include "base/text.h"

namespace ktl::standin {
namespace {

constexpr std::array<std::string_view, 12> kWhen{"",           "오늘은",   "먼저",   "예를 들어",
                                                 "일반적으로", "요즘에는", "따라서", "무엇보다",
                                                 "한편으로",   "실제로",   "그래서", "마지막으로"};
constexpr std::array<std::string_view, 14> kTopic{"이 방법",     "우리 팀",   "사용자",    "인공지능",   "한국어 모델",
                                                  "연구 결과",   "이 도구",   "작은 서버", "좋은 계획",  "새로운 기술",
                                                  "서울의 가을", "이 도서관", "선생님",    "오래된 습관"};
constexpr std::array<std::string_view, 14> kObject{"문제", "자료",      "시간",        "비용",       "경험",
                                                   "기준", "질문",      "이야기",      "글",         "데이터",
                                                   "기억", "작은 차이", "서로의 생각", "내일의 날씨"};
constexpr std::array<std::string_view, 10> kHow{"",       "천천히", "정확하게", "함께",   "다시",
                                                "자세히", "꾸준히", "조용히",   "새롭게", "분명하게"};
constexpr std::array<std::string_view, 12> kVerb{"살펴봅니다",      "설명합니다",    "줄여 줍니다",   "확인합니다",
                                                 "정리합니다",      "이해합니다",    "나누어 봅니다", "준비합니다",
                                                 "생각하게 합니다", "비교해 줍니다", "찾아냅니다",    "기록합니다"};
constexpr std::array<std::string_view, 5> kOpening{"네, 알겠습니다.", "좋은 질문입니다.", "안녕하세요!",
                                                   "함께 알아보겠습니다.", "간단히 답하겠습니다."};

template <std::size_t N>
std::string_view pick(const std::array<std::string_view, N>& words, Rng& rng) {
  return words[rng.below(N)];
}

bool ends_in_consonant(std::string_view word) {
  char32_t last = 0;
  for (std::size_t at = 0; at < word.size();) last = next_code_point(word, at);
  return last >= 0xAC00 && last <= 0xD7A3 && (last - 0xAC00) % 28 != 0;
}

void add_word(std::string& sentence, std::string_view word) {
  if (word.empty()) return;
  if (!sentence.empty()) sentence += ' ';
  sentence += word;
}

}  // namespace

std::string korean_sentence(Rng& rng) {
  std::string sentence;
  add_word(sentence, pick(kWhen, rng));
  const std::string_view topic = pick(kTopic, rng);
  add_word(sentence, topic);
  sentence += ends_in_consonant(topic) ? "은" : "는";
  add_word(sentence, pick(kHow, rng));
  const std::string_view object = pick(kObject, rng);
  add_word(sentence, object);
  sentence += ends_in_consonant(object) ? "을" : "를";
  add_word(sentence, pick(kVerb, rng));
  sentence += '.';
  return sentence;
}

std::vector<std::string> cut_into_pieces(std::string_view text, Rng& rng) {
  std::vector<std::string> pieces;
  std::string piece;
  std::size_t syllables = 0;
  std::size_t want = 1 + rng.below(3);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(text, at);
    const bool mark = c < 0x80 && c != ' ';  // a full stop stays with its syllable
    if (!piece.empty() && !mark && (c == ' ' || syllables >= want)) {
      pieces.push_back(std::move(piece));
      piece.clear();
      syllables = 0;
      want = 1 + rng.below(3);
    }
    piece.append(text.substr(begin, at - begin));
    if (c != ' ' && !mark) ++syllables;
  }
  if (!piece.empty()) pieces.push_back(std::move(piece));
  return pieces;
}

std::vector<std::string> korean_pieces(Rng& rng, std::size_t count) {
  return korean_answer(rng, count, count);
}

std::vector<std::string> korean_answer(Rng& rng, std::size_t count, std::size_t most) {
  std::vector<std::string> pieces;
  std::string sentence(pick(kOpening, rng));
  while (pieces.size() < count && pieces.size() < most) {
    for (std::string& piece : cut_into_pieces(sentence, rng)) pieces.push_back(std::move(piece));
    sentence = ' ' + korean_sentence(rng);
  }
  if (pieces.size() > most) pieces.resize(most);
  return pieces;
}

}  // namespace ktl::standin
