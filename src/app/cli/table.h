#pragma once
// Columns that line up on a terminal, also with Korean text: Hangul and other wide characters take two cells.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ktl::app {

// Terminal cells of `text`: 2 for East Asian wide and fullwidth characters and emoji, 0 for combining marks and
// controls (UAX #11, the blocks that matter here).
std::size_t display_width(std::string_view text);

// 1234567 -> "1,234,567".
std::string grouped(std::int64_t number);

class Table {
 public:
  enum class Align : std::uint8_t { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns);
  // One cell per column. Control characters become '?'.
  void add(std::vector<std::string> cells);
  // A line between what is above and below (totals).
  void rule();

  bool empty() const { return rows_.empty(); }
  // Title line, rule, rows; two blanks between columns, none at line ends.
  std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;  // an empty row is a rule
};

}  // namespace ktl::app
