#include "tokenizer/pre_tokenizer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "tokenizer/reference_encoder.h"
#include "unicode/class_ranges.h"

namespace ktl::tokenizer {
namespace {

using Pieces = std::vector<std::string>;

template <Split kSplit>
Pieces pieces_of(std::string_view text) {
  // An exact copy, so that a sanitizer sees a read beyond the end.
  const std::vector<char> bytes(text.begin(), text.end());
  Pieces pieces;
  const char* const end = bytes.data() + bytes.size();
  for (const char* at = bytes.data(); at != end;) {
    const char* const next = piece_end<kSplit>(at, end);
    pieces.emplace_back(at, next);
    at = next;
  }
  return pieces;
}

Pieces reference_pieces_of(Split split, std::string_view text) {
  Pieces pieces;
  while (!text.empty()) {
    const std::size_t size = reference_piece_size(split, text);
    pieces.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

TEST(PreTokenizer, CutsKoreanBeforeItsBlanks) {
  EXPECT_EQ(pieces_of<Split::qwen2>("안녕하세요, 오늘은 날씨가 좋네요."),
            (Pieces{"안녕하세요", ",", " 오늘은", " 날씨가", " 좋네요", "."}));
}

TEST(PreTokenizer, CutsNumbersAsTheModelWants) {
  EXPECT_EQ(pieces_of<Split::qwen2>("1234 ½"), (Pieces{"1", "2", "3", "4", " ", "½"}));
  EXPECT_EQ(pieces_of<Split::llama3>("1234 ½٣Ⅳ5"), (Pieces{"123", "4", " ", "½٣Ⅳ", "5"}));
}

TEST(PreTokenizer, GivesTheLastBlankToTheWord) {
  EXPECT_EQ(pieces_of<Split::qwen2>("a   b"), (Pieces{"a", "  ", " b"}));
  EXPECT_EQ(pieces_of<Split::qwen2>("a   1"), (Pieces{"a", "  ", " ", "1"}));
  EXPECT_EQ(pieces_of<Split::qwen2>("a \u3000b"), (Pieces{"a", " ", "\u3000b"}));
  EXPECT_EQ(pieces_of<Split::qwen2>("a \u3000!"), (Pieces{"a", " ", "\u3000", "!"}));
  EXPECT_EQ(pieces_of<Split::qwen2>("a  "), (Pieces{"a", "  "}));
}

TEST(PreTokenizer, EndsBlanksBehindTheLastLineBreak) {
  EXPECT_EQ(pieces_of<Split::qwen2>("a \n \r\n  b"), (Pieces{"a", " \n \r\n", " ", " b"}));
  EXPECT_EQ(pieces_of<Split::qwen2>("a!\n\n b"), (Pieces{"a", "!\n\n", " b"}));
}

TEST(PreTokenizer, KeepsContractionsWhole) {
  EXPECT_EQ(pieces_of<Split::qwen2>("it'S we'Ll x'\u017Fy 'v 'r"),
            (Pieces{"it", "'S", " we", "'Ll", " x", "'\u017F", "y", " '", "v", " '", "r"}));
}

TEST(PreTokenizer, TakesOneSymbolBeforeAWord) {
  EXPECT_EQ(pieces_of<Split::qwen2>("\tif(한"), (Pieces{"\tif", "(한"}));
  EXPECT_EQ(pieces_of<Split::qwen2>("((한"), (Pieces{"((", "한"}));
  EXPECT_EQ(pieces_of<Split::qwen2>(" (한"), (Pieces{" (", "한"}));
}

// Characters where rules change: both sides of every border between classes, and what the rules name.
std::vector<std::string> interesting_characters() {
  std::vector<char32_t> code_points = {'\'', 's',    'S',    0x17F,  't',     'R',    'e',    'v',    'M',    'l',
                                       'L',  'd',    ' ',    ' ',    ' ',     '\n',   '\n',   '\r',   '\t',   '!',
                                       '(',  'a',    'Z',    '0',    '9',     0xAC00, 0xD55C, 0xD7A3, 0x3000, 0xA0,
                                       0x85, 0x2028, 0xFEFF, 0x200D, 0x1F600, 0x301,  0x1100, 0x1161, 0x11A8};
  const auto add_borders = [&code_points](const auto& ranges) {
    for (const unicode::CodePointRange range : ranges) {
      for (const std::uint32_t c : {range.first - 1u, range.first + 0u, range.last + 0u, range.last + 1u}) {
        if (c < 0xD800 || c > 0xDFFF) code_points.push_back(c);
      }
    }
  };
  add_borders(unicode::kLetterRanges);
  add_borders(unicode::kNumberRanges);
  add_borders(unicode::kBlankRanges);
  std::vector<std::string> characters;
  for (const char32_t c : code_points) {
    char bytes[4];
    characters.emplace_back(bytes, unicode::encode(c, bytes));
  }
  return characters;
}

constexpr std::size_t kNamed = 39;  // those at the front, which the rules name or which stand for many

void expect_reference_pieces(std::string_view text) {
  ASSERT_EQ(pieces_of<Split::qwen2>(text), reference_pieces_of(Split::qwen2, text)) << testing::PrintToString(text);
  ASSERT_EQ(pieces_of<Split::llama3>(text), reference_pieces_of(Split::llama3, text)) << testing::PrintToString(text);
}

TEST(PreTokenizer, CutsAnyTextAsTheRegularExpressionDoes) {
  constexpr std::uint64_t kSeed = 20240917;
  SCOPED_TRACE(kSeed);
  Rng rng(kSeed);
  const std::vector<std::string> characters = interesting_characters();
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    for (std::uint64_t left = 1 + rng.below(12); left > 0; --left) {
      const std::size_t bound = rng.below(3) == 0 ? characters.size() : kNamed;
      const std::string& next = characters[rng.below(bound)];
      for (std::uint64_t again = rng.below(4) == 0 ? 1 + rng.below(4) : 1; again > 0; --again) text += next;
    }
    ASSERT_NO_FATAL_FAILURE(expect_reference_pieces(text));
  }
}

TEST(PreTokenizer, CutsBrokenBytesAsTheReferenceDoes) {
  constexpr std::uint64_t kSeed = 7;
  SCOPED_TRACE(kSeed);
  Rng rng(kSeed);
  constexpr std::string_view kBytes = "\xEA\xB0\x80\xED\x9E\xA3\xC5\xBF\xF0\x9F\xC0\xFF\xE0 '\n1s";
  for (int i = 0; i < 100'000; ++i) {
    std::string text;
    for (std::uint64_t left = 1 + rng.below(10); left > 0; --left) text += kBytes[rng.below(kBytes.size())];
    ASSERT_NO_FATAL_FAILURE(expect_reference_pieces(text));
  }
}

TEST(PreTokenizer, CutsLongRunsWithoutLookingAtThemAgainAndAgain) {
  const std::string blanks(2'000'000, ' ');
  std::string lines;
  for (int i = 0; i < 500'000; ++i) lines += " \n";
  EXPECT_EQ(pieces_of<Split::qwen2>(blanks + "a").size(), 2u);
  EXPECT_EQ(pieces_of<Split::qwen2>(lines + "  a").size(), 3u);
  EXPECT_EQ(pieces_of<Split::qwen2>(lines + "!").size(), 2u);
}

}  // namespace
}  // namespace ktl::tokenizer
