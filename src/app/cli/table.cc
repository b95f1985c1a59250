#include "app/cli/table.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"

namespace ktl::app {
namespace {

struct Range {
  char32_t first, last;
};

constexpr std::array<Range, 14> kWide = {{{0x1100, 0x115F},
                                          {0x231A, 0x231B},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0x33FF},
                                          {0x3400, 0x4DBF},
                                          {0x4E00, 0x9FFF},
                                          {0xA000, 0xA4CF},
                                          {0xA960, 0xA97F},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1FAFF}}};
// Combining marks, the vowels and finals of decomposed Hangul, joiners and variation selectors.
constexpr std::array<Range, 8> kNarrowest = {{{0x0300, 0x036F},
                                              {0x1160, 0x11FF},
                                              {0x1AB0, 0x1AFF},
                                              {0x200B, 0x200F},
                                              {0x20D0, 0x20FF},
                                              {0xD7B0, 0xD7FF},
                                              {0xFE00, 0xFE0F},
                                              {0xFEFF, 0xFEFF}}};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t point) {
  return std::any_of(ranges.begin(), ranges.end(), [&](Range r) { return point >= r.first && point <= r.last; });
}

std::size_t cells_of(char32_t point) {
  if (point < 0x20 || (point >= 0x7f && point < 0xa0) || is_in(kNarrowest, point)) return 0;
  const bool wide = is_in(kWide, point) || (point >= 0x20000 && point <= 0x3FFFD);
  return wide ? 2 : 1;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) width += cells_of(next_code_point(text, at));
  return width;
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::add(std::vector<std::string> cells) {
  KTL_CHECK(cells.size() == columns_.size(), "a row has one cell for each column");
  for (std::string& cell : cells)
    std::replace_if(
        cell.begin(), cell.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  rows_.push_back(std::move(cells));
}

void Table::rule() {
  rows_.emplace_back();
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));

  std::string out;
  const auto line = [&](auto cell_of) {
    std::string row;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = cell_of(i);
      const std::string padding(widths[i] - display_width(cell), ' ');
      if (i > 0) row += "  ";
      row += columns_[i].align == Align::right ? padding + cell : cell + padding;
    }
    row.erase(row.find_last_not_of(' ') + 1);
    out += row + "\n";
  };
  const auto dashes = [&](std::size_t i) { return std::string(widths[i], '-'); };
  line([&](std::size_t i) { return columns_[i].title; });
  line(dashes);
  for (const auto& row : rows_) {
    if (row.empty()) {
      line(dashes);
    } else {
      line([&](std::size_t i) { return row[i]; });
    }
  }
  return out;
}

}  // namespace ktl::app
