#include "app/cli/export_format.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "app/cli/dates.h"
#include "base/text.h"

namespace ktl::app {
namespace {

constexpr std::array<std::string_view, 17> kColumns = {"admitted_at",
                                                       "ended_at",
                                                       "entry",
                                                       "charge",
                                                       "user",
                                                       "groups",
                                                       "model",
                                                       "key",
                                                       "outcome",
                                                       "requests",
                                                       "reserved_tokens",
                                                       "prompt_tokens",
                                                       "completion_tokens",
                                                       "total_tokens",
                                                       "cached_tokens",
                                                       "reasoning_tokens",
                                                       "reason"};

// Controls too: a tab or a line end before the sign is skipped by some.
bool is_formula(std::string_view text) {
  return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
}

void append_csv_text(std::string& out, std::string_view text) {
  const bool formula = is_formula(text);
  if (!formula && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += formula ? "\"'" : "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

template <class Number>
void append_number(std::string& out, Number number) {
  fmt::format_to(std::back_inserter(out), "{}", number);
}

}  // namespace

std::span<const std::string_view> export_columns() {
  return kColumns;
}

std::string ExportFormat::csv_header() {
  return fmt::format("{}\r\n", fmt::join(kColumns, ","));
}

void ExportFormat::append_csv(std::string& out, const ledger::UsageRow& row) const {
  const std::string admitted = instant_text(row.admitted, day_offset_), ended = instant_text(row.ended, day_offset_);
  const std::string key = key_names_.shown(row.key, row.key_label);
  fmt::format_to(std::back_inserter(out), "{},{},{},", admitted, ended, row.entry);
  out += row.charge;
  for (const std::string_view text : {row.user, row.groups, row.model, std::string_view(key), row.outcome}) {
    out += ',';
    append_csv_text(out, text);
  }
  for (const std::int64_t number : {row.requests, row.reserved, row.usage.prompt, row.usage.completion,
                                    row.usage.total(), row.usage.cached, row.usage.reasoning}) {
    out += ',';
    append_number(out, number);
  }
  out += ',';
  append_csv_text(out, row.reason);
  out += "\r\n";
}

void ExportFormat::append_json(std::string& out, const ledger::UsageRow& row) const {
  const auto text = [&out](std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":\"";
    append_json_escaped(out, value);
    out += '"';
  };
  fmt::format_to(std::back_inserter(out), "{{\"admitted_at\":\"{}\",\"ended_at\":\"{}\",\"entry\":\"{}\",\"charge\":",
                 instant_text(row.admitted, day_offset_), instant_text(row.ended, day_offset_), row.entry);
  // A number where it is one; the name of a charge in Redis has a dash.
  const bool number = row.charge.find_first_not_of("0123456789") == std::string_view::npos;
  if (row.charge.empty()) out += "null";
  out.append(number ? "" : "\"").append(row.charge).append(number ? "" : "\"");
  text("user", row.user);
  text("groups", row.groups);
  text("model", row.model);
  text("key", key_names_.shown(row.key, row.key_label));
  text("outcome", row.outcome);
  fmt::format_to(std::back_inserter(out),
                 ",\"requests\":{},\"reserved_tokens\":{},\"prompt_tokens\":{},\"completion_tokens\":{},"
                 "\"total_tokens\":{},\"cached_tokens\":{},\"reasoning_tokens\":{}",
                 row.requests, row.reserved, row.usage.prompt, row.usage.completion, row.usage.total(),
                 row.usage.cached, row.usage.reasoning);
  text("reason", row.reason);
  out += "}\n";
}

}  // namespace ktl::app
