#include "telemetry/prometheus_text.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/text.h"

namespace ktl::telemetry {
namespace {

std::string_view name_of(MetricType type) {
  switch (type) {
    case MetricType::counter:
      return "counter";
    case MetricType::gauge:
      return "gauge";
    case MetricType::histogram:
      return "histogram";
  }
  return "untyped";
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (std::floor(value) == value && std::fabs(value) < 9e15) {
    fmt::format_to(std::back_inserter(out), "{}", static_cast<std::int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void append_utf8(std::string& out, std::string_view text, bool escape_quotes) {
  const bool sound = is_utf8(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && escape_quotes) {
      out += "\\\"";
    } else if (!sound && static_cast<unsigned char>(c) >= 0x80) {
      out += "\xEF\xBF\xBD";
    } else {
      out.push_back(c);
    }
  }
}

// {a="1",b="2"} and, for buckets, le; nothing without labels.
void append_labels(std::string& out, const Labels& labels, std::string_view le = {}) {
  if (labels.empty() && le.empty()) return;
  char separator = '{';
  for (const auto& [name, value] : labels) {
    out.push_back(separator);
    out += name;
    out += "=\"";
    append_utf8(out, value, true);
    out.push_back('"');
    separator = ',';
  }
  if (!le.empty()) fmt::format_to(std::back_inserter(out), "{}le=\"{}\"", separator, le);
  out.push_back('}');
}

void append_histogram(std::string& out, const std::string& name, const Registry::Series& series) {
  const Histogram& histogram = *series.histogram;
  const auto now = histogram.snapshot();
  const auto& bounds = histogram.shape().upper_bounds;
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < now.counts.size(); ++i) {
    cumulative += now.counts[i];
    // Scaled to 12 digits: 250 * 1e-6 is 0.00025, not 0.00024999999999999995.
    const std::string le = i < bounds.size()
                               ? fmt::format("{:.12g}", static_cast<double>(bounds[i]) * histogram.shape().scale)
                               : std::string("+Inf");
    out += name;
    out += "_bucket";
    append_labels(out, series.labels, le);
    fmt::format_to(std::back_inserter(out), " {}\n", cumulative);
  }
  out += name;
  out += "_sum";
  append_labels(out, series.labels);
  fmt::format_to(std::back_inserter(out), " {:.15g}\n", static_cast<double>(now.sum) * histogram.shape().scale);
  out += name;
  out += "_count";
  append_labels(out, series.labels);
  fmt::format_to(std::back_inserter(out), " {}\n", now.total);
}

}  // namespace

std::string prometheus_text(const Registry& registry) {
  std::string out;
  for (const auto& family : registry.collect()) {
    if (family.series.empty()) continue;
    out += "# HELP " + family.name + " ";
    append_utf8(out, family.help, false);
    fmt::format_to(std::back_inserter(out), "\n# TYPE {} {}\n", family.name, name_of(family.type));
    for (const auto& series : family.series) {
      if (series.histogram != nullptr) {
        append_histogram(out, family.name, series);
        continue;
      }
      out += family.name;
      append_labels(out, series.labels);
      out.push_back(' ');
      append_number(out, series.value);
      out.push_back('\n');
    }
  }
  return out;
}

}  // namespace ktl::telemetry
