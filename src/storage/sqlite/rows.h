#pragma once
// Small helpers of the files that read and write rows.
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "identity/directory.h"
#include "storage/sqlite/database.h"

namespace ktl::storage {

// Names hold no line ends, so lines make a list of them.
inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text.append(text.empty() ? "" : "\n").append(line);
  return text;
}

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

inline std::string_view as_text(const identity::KeyDigest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

inline ScopeId scope_id(std::int64_t value) {
  return static_cast<ScopeId>(value);
}

// Runs `each` for every row.
template <class Each>
Result<void> for_rows(Result<Statement>& statement, Each each) {
  if (!statement) return tl::unexpected(statement.error());
  for (;;) {
    const Result<bool> row = statement->step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
    each(*statement);
  }
}

}  // namespace ktl::storage
