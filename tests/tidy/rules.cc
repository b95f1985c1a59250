#include "tests/tidy/rules.h"

#include <array>
#include <cctype>
#include <regex>

#include "tests/tidy/source_text.h"

namespace ktl::tidy {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// One finding for each line that `pattern` is found in.
Findings lines_with(std::string_view text, const std::regex& pattern, const std::string& what) {
  Findings findings;
  int number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (std::regex_search(line.begin(), line.end(), pattern)) findings.push_back({number, what});
  }
  return findings;
}

// The end of the expression that begins at `at`: its ';', or the bracket that closes what surrounds it.
std::size_t end_of_expression(std::string_view code, std::size_t at) {
  int depth = 0;
  for (; at < code.size(); ++at) {
    const char c = code[at];
    if (c == '(' || c == '{' || c == '[') ++depth;
    if ((c == ')' || c == '}' || c == ']') && --depth < 0) return at;
    if (c == ';' && depth == 0) return at;
  }
  return code.size();
}

// True if the '[' at `at` opens the captures of a lambda, and there are some.
bool opens_captures(std::string_view code, std::size_t at) {
  if (at + 1 >= code.size() || code[at + 1] == ']' || code[at + 1] == '[') return false;
  std::size_t before = at;
  while (before > 0 && std::isspace(static_cast<unsigned char>(code[before - 1])) != 0) --before;
  if (before == 0) return true;
  const char c = code[before - 1];
  return !is_word(c) && c != ')' && c != ']' && c != '[';
}

}  // namespace

Findings too_long(std::string_view source) {
  const int count = static_cast<int>(lines_of(source).size());
  if (count <= kMaxLines) return {};
  return {{count, std::to_string(count) + " lines: more than one idea?"}};
}

Findings header_without_contract(std::string_view source) {
  const auto lines = lines_of(source);
  if (lines.empty() || lines[0] != "#pragma once") return {{1, "begins without #pragma once"}};
  if (lines.size() < 2 || !lines[1].starts_with("//")) return {{2, "says nothing of what it is for"}};
  return {};
}

Findings using_namespace(std::string_view source) {
  static const std::regex pattern(R"(\busing\s+namespace\b)");
  return lines_with(code_only(source), pattern, "using namespace in a header");
}

Findings capturing_lambda_in_await(std::string_view source) {
  const std::string code = code_only(source);
  Findings findings;
  for (std::size_t at = code.find("co_await"); at != std::string::npos; at = code.find("co_await", at + 1)) {
    const std::size_t end = end_of_expression(code, at);
    for (std::size_t i = at; i < end; ++i) {
      if (code[i] != '[' || !opens_captures(code, i)) continue;
      findings.push_back({line_number(code, i), "capturing lambda inside a co_await expression: name it first"});
      break;
    }
  }
  return findings;
}

Findings await_in_condition(std::string_view source) {
  const std::string code = code_only(source);
  static const std::regex opening(R"(\bif\s*\()");
  Findings findings;
  for (auto it = std::sregex_iterator(code.begin(), code.end(), opening); it != std::sregex_iterator(); ++it) {
    const auto begin = static_cast<std::size_t>(it->position() + it->length());
    const std::size_t end = end_of_expression(code, begin);
    const std::size_t await = code.find("co_await", begin);
    if (await < end) findings.push_back({line_number(code, await), "co_await in the condition of an if: name the result first"});
  }
  static const std::regex choice(R"([?:]\s*co_await\b)");
  for (auto it = std::sregex_iterator(code.begin(), code.end(), choice); it != std::sregex_iterator(); ++it) {
    const auto at = static_cast<std::size_t>(it->position());
    const std::size_t statement = code.find_last_of(";{}", at);
    const std::size_t question = code.find('?', statement == std::string::npos ? 0 : statement);
    if (question <= at) findings.push_back({line_number(code, at), "co_await inside a ? b : c: write an if"});
  }
  return findings;
}

Findings leftover_marks(std::string_view source) {
  // Spelled in halves, so that this file passes its own rule.
  static constexpr std::array<std::string_view, 4> kMarks = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X",
      "HA"
      "CK"};
  Findings findings;
  for (const std::string_view mark : kMarks) {
    for (std::size_t at = source.find(mark); at != std::string_view::npos; at = source.find(mark, at + 1)) {
      const std::size_t end = at + mark.size();
      const bool whole = (at == 0 || !is_word(source[at - 1])) && (end == source.size() || !is_word(source[end]));
      if (whole) findings.push_back({line_number(source, at), "a note to self was left"});
    }
  }
  return findings;
}

Findings sleeps(std::string_view source) {
  static const std::regex pattern(R"((\bsleep_for\b|\bsleep_until\b|\bu?sleep\s*\(|\bnanosleep\b))");
  static const std::regex of_the_loop(R"((\.|->)sleep\s*\()");
  Findings findings;
  int number = 0;
  const std::string code = code_only(source);
  for (const std::string_view line : lines_of(code)) {
    ++number;
    if (line.find("sleep") == std::string_view::npos) continue;
    const std::string rest = std::regex_replace(std::string(line), of_the_loop, "");
    if (std::regex_search(rest, pattern)) findings.push_back({number, "a test that sleeps"});
  }
  return findings;
}

Findings blind_waits(std::string_view source) {
  static const std::regex pattern(R"(\bset(Timeout|Interval)\b|timers/promises)");
  return lines_with(source, pattern, "wait for a condition with until(), not for a time");
}

Findings stray_blanks(std::string_view source) {
  Findings findings;
  int number = 0;
  for (const std::string_view line : lines_of(source)) {
    ++number;
    const bool at_end = line.ends_with(' ') || line.ends_with('\r');
    if (at_end || line.find('\t') != std::string_view::npos) {
      findings.push_back({number, "a tab, or a blank at the end of the line"});
    }
  }
  if (!source.empty() && source.back() != '\n') findings.push_back({number, "no line break at the end"});
  return findings;
}

}  // namespace ktl::tidy
