#include "telemetry/prometheus_samples.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace ktl::telemetry {
namespace {

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

// The length of a quoted label value at the start of `text`, both quotes included; npos if it does not end.
std::size_t quoted_length(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// Where the labels end: the first '}' outside quotes.
std::size_t labels_end(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '}') return i;
    if (text[i] != '"') continue;
    const std::size_t length = quoted_length(text.substr(i));
    if (length == std::string_view::npos) return length;
    i += length - 1;
  }
  return std::string_view::npos;
}

bool read_line(std::string_view line, Sample& sample) {
  skip_blanks(line);
  if (line.empty() || line.front() == '#') return false;
  sample.name = line.substr(0, line.find_first_of("{ \t"));
  line.remove_prefix(sample.name.size());
  skip_blanks(line);
  sample.labels = {};
  if (!line.empty() && line.front() == '{') {
    line.remove_prefix(1);
    const std::size_t end = labels_end(line);
    if (end == std::string_view::npos) return false;
    sample.labels = line.substr(0, end);
    line.remove_prefix(end + 1);
    skip_blanks(line);
  }
  if (!line.empty() && line.front() == '+') line.remove_prefix(1);
  const auto read = std::from_chars(line.data(), line.data() + line.size(), sample.value);
  return read.ec == std::errc() && std::isfinite(sample.value);
}

}  // namespace

std::string_view Sample::label(std::string_view wanted) const {
  std::string_view rest = labels;
  while (!rest.empty()) {
    rest.remove_prefix(std::min(rest.find_first_not_of(", \t"), rest.size()));
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return {};
    const std::string_view found = rest.substr(0, equals);
    rest.remove_prefix(equals + 1);
    const std::size_t length = quoted_length(rest);
    if (rest.empty() || rest.front() != '"' || length == std::string_view::npos) return {};
    if (found == wanted) return rest.substr(1, length - 2);
    rest.remove_prefix(length);
  }
  return {};
}

void for_each_sample(std::string_view text, const std::function<void(const Sample&)>& take) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    Sample sample;
    if (read_line(line, sample)) take(sample);
  }
}

}  // namespace ktl::telemetry
