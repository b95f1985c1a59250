#include "config/findings.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "config/suggestion.h"

namespace ktl::config {

std::string Problem::text() const {
  if (line == 0) return file + ": " + message;
  return fmt::format("{}:{}:{}: {}", file, line, column, message);
}

void Findings::record(const Place& at, std::string message) {
  if (problems_.size() >= kMost) return;
  for (const std::string& value : hidden_)
    for (std::size_t i = 0; (i = message.find(value, i)) != std::string::npos; ++i)
      message.replace(i, value.size(), "${…}");
  const std::string file = at.source < sources_.size() ? sources_[at.source].name : std::string();
  problems_.push_back({file, at.line, at.column, std::move(message)});
  source_of_.push_back(at.source);
}

Problems Findings::take() {
  std::vector<std::size_t> order(problems_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(source_of_[a], problems_[a].line, problems_[a].column) <
           std::tie(source_of_[b], problems_[b].line, problems_[b].column);
  });
  Problems sorted;
  sorted.reserve(problems_.size());
  for (const std::size_t i : order) sorted.push_back(std::move(problems_[i]));
  problems_.clear();
  source_of_.clear();
  return sorted;
}

std::string shown(std::string_view text) {
  constexpr int kMostCharacters = 60;
  std::string out;
  int characters = 0;
  for (std::size_t at = 0; at < text.size(); ++characters) {
    if (characters == kMostCharacters) return out + "…";
    const std::size_t begin = at;
    const char32_t point = next_code_point(text, at);
    if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
      out.push_back('?');
    } else if (point == 0xFFFD) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return out;
}

std::string did_you_mean(Language language, std::string_view name, std::span<const std::string> known) {
  const auto suggestion = nearest(name, known);
  if (!suggestion) return {};
  return language == Language::korean ? fmt::format(" (혹시 '{}'인가요?)", *suggestion)
                                      : fmt::format(" (did you mean '{}'?)", *suggestion);
}

}  // namespace ktl::config
