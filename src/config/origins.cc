#include "config/origins.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "config/draft.h"

namespace ktl::config {
namespace {

bool is_of_people(std::string_view section) {
  static constexpr std::array<std::string_view, 3> sections = {"users", "api_keys", "groups"};
  return std::find(sections.begin(), sections.end(), section) != sections.end();
}

class Collector {
 public:
  explicit Collector(std::span<const Source> sources) : sources_(sources) {}

  void visit(const std::string& path, const Node& node) {
    const bool of_maps = !node.items.empty() && node.items.front().kind == Node::Kind::map;
    if (node.kind == Node::Kind::map) {
      for (const Node::Entry& entry : node.entries) visit(path + "." + entry.key, entry.value);
    } else if (node.kind == Node::Kind::sequence && of_maps) {
      for (std::size_t i = 0; i < node.items.size(); ++i) visit(path + "[" + std::to_string(i) + "]", node.items[i]);
    } else if (!node.is_null()) {
      Origin origin{sources_[node.at.source].name, node.at.line, node.variables};
      for (const Node& item : node.items)
        if (!item.variables.empty()) origin.variables += (origin.variables.empty() ? "" : ", ") + item.variables;
      origins_.emplace(path, std::move(origin));
    }
  }
  Origins take() { return std::move(origins_); }

 private:
  std::span<const Source> sources_;
  Origins origins_;
};

}  // namespace

Origins origins_of(const Node& root, std::span<const Source> sources) {
  Collector collector(sources);
  for (const Node::Entry& section : root.entries)
    if (!is_of_people(section.key)) collector.visit(section.key, section.value);
  return collector.take();
}

}  // namespace ktl::config
