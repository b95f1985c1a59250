#pragma once
// C++ source as the rules see it: the same text, line for line, with the inside of comments, strings and character
// literals blanked, so that a rule never trips over words in them.
#include <string>
#include <string_view>
#include <vector>

namespace ktl::tidy {

// Same length and same line breaks as `source`. Knows //, /* */, "…", '…' and R"tag(…)tag"; digit separators are kept.
std::string code_only(std::string_view source);

// The lines of `text`, without their line breaks. A last line break opens no further line.
std::vector<std::string_view> lines_of(std::string_view text);

// 1 for the first line.
int line_number(std::string_view text, std::size_t at);

}  // namespace ktl::tidy
