#include "config/merge.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

namespace ktl::config {
namespace {

bool holds_removable_entries(std::string_view section) {
  static constexpr std::array<std::string_view, 4> sections = {"users", "api_keys", "groups", "models"};
  return std::find(sections.begin(), sections.end(), section) != sections.end();
}

void merge_maps(Node& base, Node&& over, std::size_t depth, bool removable);

// `depth` is that of the entry's map: 0 at the top.
void merge_entry(Node::Entry& known, Node::Entry&& entry, std::size_t depth) {
  known.key_at = entry.key_at;
  if (known.value.kind == Node::Kind::map && entry.value.kind == Node::Kind::map) {
    merge_maps(known.value, std::move(entry.value), depth + 1, depth == 0 && holds_removable_entries(entry.key));
  } else {
    known.value = std::move(entry.value);
  }
}

void merge_maps(Node& base, Node&& over, std::size_t depth, bool removable) {
  base.at = over.at;
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
  std::vector<bool> removed(base.entries.size(), false);
  for (Node::Entry& entry : over.entries) {
    const auto known = index.find(entry.key);
    if (known == index.end()) {
      base.entries.push_back(std::move(entry));
    } else if (!entry.value.is_null()) {
      merge_entry(base.entries[known->second], std::move(entry), depth);
    } else if (removable) {
      removed[known->second] = true;
    }
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < base.entries.size(); ++i) {
    if (i < removed.size() && removed[i]) continue;
    if (kept != i) base.entries[kept] = std::move(base.entries[i]);
    ++kept;
  }
  base.entries.resize(kept);
}

}  // namespace

void merge_over(Node& base, Node over) {
  if (over.is_null()) return;
  if (base.kind == Node::Kind::map && over.kind == Node::Kind::map) {
    merge_maps(base, std::move(over), 0, false);
  } else {
    base = std::move(over);
  }
}

}  // namespace ktl::config
