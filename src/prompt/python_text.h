#pragma once
// What Python's str means by a blank, which is not quite what the tokenizers mean by it.
#include <string_view>

namespace ktl::prompt {

// str.strip(): without the blanks at both ends. UTF-8 in, a part of it out.
std::string_view python_stripped(std::string_view text);

}  // namespace ktl::prompt
