#pragma once
// A text that must not be shown: an engine's key, a URL with a password. It has no operator<< and no formatter, so that
// it can reach a log or a screen only where reveal() is written.
#include <string>
#include <utility>

namespace ktl::config {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}

  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }
  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  std::string text_;
};

}  // namespace ktl::config
