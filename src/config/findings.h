#pragma once
// Collects what is wrong while the configuration is read, in the operator's language. Internal to config.
#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "config/language.h"
#include "config/load.h"
#include "config/node.h"

namespace ktl::config {

class Findings {
 public:
  static constexpr std::size_t kMost = 200;  // a file that is no configuration at all needs no more

  Findings(std::span<const Source> sources, Language language) : sources_(sources), language_(language) {}

  template <class... Args>
  void add(const Place& at, fmt::format_string<Args...> korean, fmt::format_string<Args...> english, Args&&... args) {
    const auto chosen = language_ == Language::korean ? korean : english;
    record(at, fmt::format(chosen, std::forward<Args>(args)...));
  }

  // From now on no message shows `value`, which came from the environment: ${…} stands in its place. Values shorter
  // than 6 characters are no secrets.
  void hide(const std::string& value) {
    if (value.size() >= 6) hidden_.push_back(value);
  }

  bool empty() const { return problems_.empty(); }
  Language language() const { return language_; }

  // In the order of files and lines.
  Problems take();

 private:
  void record(const Place& at, std::string message);

  std::span<const Source> sources_;
  Language language_;
  Problems problems_;
  std::vector<std::string> hidden_;
  std::vector<std::size_t> source_of_;
};

// `text` as a message may show it: at most 60 characters, controls as '?', malformed bytes as U+FFFD.
std::string shown(std::string_view text);

// " (did you mean 'x'?)" in the operator's language, or nothing.
std::string did_you_mean(Language language, std::string_view name, std::span<const std::string> known);

}  // namespace ktl::config
