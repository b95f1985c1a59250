#pragma once
// Reads one map of the tree field by field. Each reading call names a field that may be there; finish() then reports
// every other name, with the nearest right one. Wrong types and ranges become findings and leave the default.
// Internal to config.
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/findings.h"
#include "config/node.h"
#include "config/secret.h"
#include "quota/limits.h"

namespace ktl::config {

inline constexpr std::int64_t kMostTokens = 1'000'000'000'000'000;  // far above any limit, far below overflow

class Fields {
 public:
  // `node` is null (nothing said), a map, or a finding. Both outlive this object.
  Fields(const Node& node, Findings& findings);

  void text(const std::string& name, std::string& out, bool may_be_empty = true);
  void secret(const std::string& name, Secret& out);  // its value is never quoted
  void flag(const std::string& name, bool& out);
  void integer(const std::string& name, std::int64_t& out, std::int64_t least, std::int64_t most);
  void number(const std::string& name, double& out, double least, double most);
  void port(const std::string& name, std::uint16_t& out, std::uint16_t least = 1);
  // A number of seconds, or a number with ms, s, m, h, d. A bare number counts in `unit`.
  void duration(const std::string& name, Millis& out, Millis least, Millis most, Millis unit = Millis(1000));
  void texts(const std::string& name, std::vector<std::string>& out);  // a list, or one text

  template <class Enum>
  void choice(const std::string& name, Enum& out, std::initializer_list<std::pair<std::string_view, Enum>> words) {
    std::vector<std::string> known;
    for (const auto& [word, value] : words) known.emplace_back(word);
    const std::size_t index = chosen(name, known);
    if (index < words.size()) out = (words.begin() + index)->second;
  }

  // The seven limit words as fields of this map: 0 or more, or `unlimited`. Returns which were said.
  std::vector<quota::LimitKind> limits(quota::Limits& out);

  // The value of a field that the caller reads by itself; nullptr if absent or null.
  const Node* child(const std::string& name);
  // The same, which must be a map (list); a finding and nullptr otherwise.
  const Node* map(const std::string& name);
  const Node* list(const std::string& name);

  const Place& at() const { return node_.at; }
  Findings& findings() { return findings_; }

  void finish();

 private:
  const Node* scalar(const std::string& name);
  std::size_t chosen(const std::string& name, const std::vector<std::string>& words);

  const Node& node_;
  Findings& findings_;
  std::vector<std::string> known_;
};

// A scalar as a number of tokens, requests, bytes…: digits, with _ between them allowed. nullopt after a finding.
std::optional<std::int64_t> integer_of(const Node& node, std::int64_t least, std::int64_t most, Findings& findings);

}  // namespace ktl::config
