#include "tests/tidy/source_text.h"

#include <algorithm>
#include <cctype>

namespace ktl::tidy {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Walks the source once; every blank_until() leaves the line breaks in place.
class Blanker {
 public:
  explicit Blanker(std::string_view source) : source_(source), out_(source) {}

  std::string run() {
    while (at_ < source_.size()) {
      if (starts_with("//")) {
        blank_to(source_.find('\n', at_));
      } else if (starts_with("/*")) {
        blank_to(behind("*/", at_ + 2));
      } else if (starts_with("R\"") && (at_ == 0 || !is_word(source_[at_ - 1]))) {
        raw_string();
      } else if (source_[at_] == '"' || (source_[at_] == '\'' && (at_ == 0 || !is_word(source_[at_ - 1])))) {
        quoted(source_[at_]);
      } else {
        ++at_;
      }
    }
    return out_;
  }

 private:
  bool starts_with(std::string_view what) const { return source_.substr(at_, what.size()) == what; }

  std::size_t behind(std::string_view what, std::size_t from) const {
    const std::size_t found = source_.find(what, from);
    return found == std::string_view::npos ? found : found + what.size();
  }

  void blank_to(std::size_t end) {
    end = std::min(end, source_.size());
    for (; at_ < end; ++at_) {
      if (source_[at_] != '\n') out_[at_] = ' ';
    }
  }

  void raw_string() {
    const std::size_t open = source_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(source_.size());
    const std::string tag(source_.substr(at_ + 2, open - at_ - 2));
    blank_to(behind(")" + tag + "\"", open));
  }

  // The quotes themselves stay, so that an include line is still one.
  void quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote && source_[end] != '\n') end += source_[end] == '\\' ? 2 : 1;
    ++at_;
    blank_to(end);
    ++at_;
  }

  std::string_view source_;
  std::string out_;
  std::size_t at_ = 0;
};

}  // namespace

std::string code_only(std::string_view source) {
  return Blanker(source).run();
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

int line_number(std::string_view text, std::size_t at) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, at), '\n'));
}

}  // namespace ktl::tidy
