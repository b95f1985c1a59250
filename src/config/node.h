#pragma once
// A YAML document as a tree with places. Internal to config.
#include <cstdint>
#include <string>
#include <vector>

namespace ktl::config {

// Where something is written. Line and column from 1, the column in characters.
struct Place {
  std::size_t source = 0;  // index of the file
  int line = 0;
  int column = 0;
};

struct Node {
  enum class Kind : std::uint8_t { null, scalar, sequence, map };
  struct Entry;

  Kind kind = Kind::null;
  Place at;
  std::string text;               // scalar
  bool quoted = false;            // scalar: written as a text on purpose
  bool from_environment = false;  // scalar: (part of) the text came from ${…}
  std::string variables;          // scalar: those whose values are in the text, with commas between them
  std::vector<Node> items;        // sequence
  std::vector<Entry> entries;     // map, in the order of the file; keys are unique

  bool is_null() const { return kind == Kind::null; }
  const Entry* find(const std::string& key) const;
};

struct Node::Entry {
  std::string key;
  Place key_at;
  bool key_from_environment = false;
  Node value;
};

inline const Node::Entry* Node::find(const std::string& key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

}  // namespace ktl::config
