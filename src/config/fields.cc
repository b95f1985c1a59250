#include "config/fields.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace ktl::config {
namespace {

// Digits with single underscores between them taken out: 1_000_000.
std::string without_separators(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
    if (text[i] == '_' && i > 0 && digit(i - 1) && digit(i + 1)) continue;
    out.push_back(text[i]);
  }
  return out;
}

// A quoted text is no number, unless the environment filled it in.
bool may_be_number(const Node& node) {
  return node.kind == Node::Kind::scalar && (!node.quoted || node.from_environment);
}

std::optional<double> decimal_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// The value for a message; what the environment held stays out of it.
std::string quoted(const Node& node) {
  if (node.from_environment) return "${…}";
  return shown(node.text);
}

}  // namespace

std::optional<std::int64_t> integer_of(const Node& node, std::int64_t least, std::int64_t most, Findings& findings) {
  const std::string digits = without_separators(node.text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (!may_be_number(node) || error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
    findings.add(node.at, "'{}': 정수가 필요합니다", "a whole number is needed, not '{}'", quoted(node));
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range || value < least || value > most) {
    findings.add(node.at, "'{}': {}에서 {} 사이여야 합니다", "'{}' is out of range: {} to {}", quoted(node), least,
                 most);
    return std::nullopt;
  }
  return value;
}

Fields::Fields(const Node& node, Findings& findings) : node_(node), findings_(findings) {
  if (node.kind == Node::Kind::map || node.is_null()) return;
  findings.add(node.at, "'이름: 값' 형식의 맵이 필요합니다", "a map of 'name: value' is needed here");
}

const Node* Fields::child(const std::string& name) {
  known_.push_back(name);
  const Node::Entry* entry = node_.find(name);
  return entry == nullptr || entry->value.is_null() ? nullptr : &entry->value;
}

const Node* Fields::map(const std::string& name) {
  const Node* value = child(name);
  if (value == nullptr || value->kind == Node::Kind::map) return value;
  findings_.add(value->at, "{}: '이름: 값' 형식의 맵이 필요합니다", "{}: a map of 'name: value' is needed", name);
  return nullptr;
}

const Node* Fields::list(const std::string& name) {
  const Node* value = child(name);
  if (value == nullptr || value->kind == Node::Kind::sequence) return value;
  findings_.add(value->at, "{}: 목록이 필요합니다", "{}: a list is needed", name);
  return nullptr;
}

const Node* Fields::scalar(const std::string& name) {
  const Node* value = child(name);
  if (value == nullptr || value->kind == Node::Kind::scalar) return value;
  findings_.add(value->at, "{}: 값 하나가 필요합니다 (목록이나 맵이 아니라)",
                "{}: a single value is needed, not a list or a map", name);
  return nullptr;
}

void Fields::text(const std::string& name, std::string& out, bool may_be_empty) {
  const Node* value = scalar(name);
  if (value == nullptr) return;
  if (value->text.empty() && !may_be_empty) {
    findings_.add(value->at, "{}: 비워 둘 수 없습니다", "{}: this cannot be empty", name);
    return;
  }
  out = value->text;
}

void Fields::secret(const std::string& name, Secret& out) {
  if (const Node* value = scalar(name)) out = Secret(value->text);
}

void Fields::flag(const std::string& name, bool& out) {
  const Node* value = scalar(name);
  if (value == nullptr) return;
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return equals_ignoring_case(value->text, word); });
  };
  if (may_be_number(*value) && is_one_of({"true", "yes", "on"})) {
    out = true;
  } else if (may_be_number(*value) && is_one_of({"false", "no", "off"})) {
    out = false;
  } else {
    findings_.add(value->at, "{}: true 또는 false가 필요합니다 ('{}')", "{}: true or false is needed, not '{}'", name,
                  quoted(*value));
  }
}

void Fields::integer(const std::string& name, std::int64_t& out, std::int64_t least, std::int64_t most) {
  const Node* value = scalar(name);
  if (value == nullptr) return;
  if (const auto number = integer_of(*value, least, most, findings_)) out = *number;
}

void Fields::number(const std::string& name, double& out, double least, double most) {
  const Node* value = scalar(name);
  if (value == nullptr) return;
  const auto parsed = may_be_number(*value) ? decimal_of(value->text) : std::nullopt;
  if (!parsed) {
    findings_.add(value->at, "{}: 숫자가 필요합니다 ('{}')", "{}: a number is needed, not '{}'", name, quoted(*value));
  } else if (*parsed < least || *parsed > most) {
    findings_.add(value->at, "{}: {}에서 {} 사이여야 합니다 ('{}')", "{}: must be from {} to {}, not '{}'", name, least,
                  most, quoted(*value));
  } else {
    out = *parsed;
  }
}

void Fields::port(const std::string& name, std::uint16_t& out, std::uint16_t least) {
  std::int64_t value = out;
  integer(name, value, least, 65535);
  out = static_cast<std::uint16_t>(value);
}

void Fields::duration(const std::string& name, Millis& out, Millis least, Millis most, Millis unit) {
  const Node* value = scalar(name);
  if (value == nullptr) return;
  static constexpr std::pair<std::string_view, std::int64_t> units[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  std::string_view digits = value->text;
  auto factor = static_cast<double>(unit.count());
  for (const auto& [suffix, milliseconds] : units) {
    if (!digits.ends_with(suffix)) continue;
    digits.remove_suffix(suffix.size());
    factor = static_cast<double>(milliseconds);
    break;
  }
  const auto amount = decimal_of(digits);
  if (!amount || (value->quoted && digits.size() == value->text.size() && !value->from_environment)) {
    findings_.add(value->at, "{}: 시간이 필요합니다: 초 단위 숫자 또는 500ms, 30s, 5m, 1h, 1d ('{}')",
                  "{}: a duration is needed: a number of seconds, or 500ms, 30s, 5m, 1h, 1d, not '{}'", name,
                  quoted(*value));
    return;
  }
  const double milliseconds = *amount * factor;
  if (milliseconds < static_cast<double>(least.count()) || milliseconds > static_cast<double>(most.count())) {
    findings_.add(value->at, "{}: {}ms에서 {}ms 사이여야 합니다 ('{}')", "{}: must be from {} ms to {} ms, not '{}'",
                  name, least.count(), most.count(), quoted(*value));
    return;
  }
  out = Millis(std::llround(milliseconds));
}

void Fields::texts(const std::string& name, std::vector<std::string>& out) {
  const Node* value = child(name);
  if (value == nullptr) return;
  if (value->kind == Node::Kind::scalar) {
    out = {value->text};
    return;
  }
  if (value->kind == Node::Kind::map) {
    findings_.add(value->at, "{}: 목록이 필요합니다", "{}: a list is needed", name);
    return;
  }
  out.clear();
  for (const Node& item : value->items) {
    if (item.kind == Node::Kind::scalar && !item.text.empty()) {
      out.push_back(item.text);
    } else {
      findings_.add(item.at, "{}: 목록의 각 항목은 비어 있지 않은 값이어야 합니다",
                    "{}: each item of the list must be a value that is not empty", name);
    }
  }
}

std::vector<quota::LimitKind> Fields::limits(quota::Limits& out) {
  std::vector<quota::LimitKind> said;
  for (std::size_t i = 0; i < quota::kLimitKinds; ++i) {
    const auto kind = static_cast<quota::LimitKind>(i);
    const std::string name(quota::name_of(kind));
    const Node* value = scalar(name);
    if (value == nullptr) continue;
    said.push_back(kind);
    if (value->text == "unlimited") {
      out[kind] = quota::kUnlimited;
    } else if (value->text.starts_with('-')) {
      findings_.add(value->at, "{}: 0 이상이어야 합니다. 제한을 없애려면 'unlimited'라고 쓰세요",
                    "{}: a limit is 0 or more; write 'unlimited' for none", name);
    } else if (const auto amount = integer_of(*value, 0, kMostTokens, findings_)) {
      out[kind] = *amount;
    }
  }
  return said;
}

std::size_t Fields::chosen(const std::string& name, const std::vector<std::string>& words) {
  const Node* value = scalar(name);
  if (value == nullptr) return words.size();
  const auto found = std::find(words.begin(), words.end(), value->text);
  if (found == words.end()) {
    findings_.add(value->at, "{}: '{}' 대신 다음 중 하나여야 합니다: {}{}", "{}: '{}' is not one of {}{}", name,
                  quoted(*value), fmt::join(words, ", "), did_you_mean(findings_.language(), value->text, words));
  }
  return static_cast<std::size_t>(found - words.begin());
}

void Fields::finish() {
  for (const Node::Entry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    findings_.add(entry.key_at, "'{}': 알 수 없는 이름입니다{}", "unknown name '{}'{}",
                  entry.key_from_environment ? "${…}" : shown(entry.key),
                  did_you_mean(findings_.language(), entry.key, known_));
  }
}

}  // namespace ktl::config
