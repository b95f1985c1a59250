#pragma once
// Rows of the ledger as CSV (RFC 4180) or as JSON, one object a line. The columns are those of export_columns(), in
// that order, in both.
//
// A spreadsheet takes a cell that begins with = + - @ for a formula, and users choose their names: in CSV such a text
// gets an apostrophe in front. Numbers stay numbers. Text is UTF-8.
#include <span>
#include <string>
#include <string_view>

#include "app/cli/key_names.h"
#include "ledger/usage_row.h"

namespace ktl::app {

std::span<const std::string_view> export_columns();

class ExportFormat {
 public:
  ExportFormat(Millis day_offset, KeyNames key_names) : day_offset_(day_offset), key_names_(std::move(key_names)) {}

  static std::string csv_header();
  // Appends a line with its end.
  void append_csv(std::string& out, const ledger::UsageRow& row) const;
  void append_json(std::string& out, const ledger::UsageRow& row) const;

 private:
  Millis day_offset_;
  KeyNames key_names_;
};

}  // namespace ktl::app
