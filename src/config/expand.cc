#include "config/expand.h"

#include <algorithm>
#include <optional>

namespace ktl::config {
namespace {

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

class Expander {
 public:
  Expander(const Environment& environment, Findings& findings) : environment_(environment), findings_(findings) {}

  enum class Outcome : std::uint8_t { untouched, replaced, failed };

  // After a failure, which is a finding, `text` is as it was. `variables` gets those whose values are in the text.
  Outcome expand(std::string& text, const Place& at, std::string& variables) {
    if (text.find("${") == std::string::npos) return Outcome::untouched;
    std::string out;
    bool used = false;
    for (std::size_t i = 0; i < text.size();) {
      if (text.compare(i, 3, "$${") == 0) {
        out += "${";
        i += 3;
      } else if (text.compare(i, 2, "${") == 0) {
        const std::size_t end = text.find('}', i);
        if (end == std::string::npos) {
          findings_.add(at, "'${{'에 닫는 '}}'가 없습니다", "a '${{' without its '}}'");
          return Outcome::failed;
        }
        const auto value = value_of(std::string_view(text).substr(i + 2, end - i - 2), at, variables);
        if (!value) return Outcome::failed;
        out += *value;
        used = true;
        i = end + 1;
      } else {
        out.push_back(text[i++]);
      }
    }
    text = std::move(out);
    return used ? Outcome::replaced : Outcome::untouched;
  }

 private:
  std::optional<std::string> value_of(std::string_view reference, const Place& at, std::string& variables) {
    const std::size_t split = reference.find(":-");
    const std::string_view name = reference.substr(0, split);
    if (!is_variable_name(name)) {
      findings_.add(at, "'{}': 환경 변수 이름이 아닙니다", "'{}' is not the name of an environment variable",
                    shown(name));
      return std::nullopt;
    }
    auto value = environment_(name);
    if (value) findings_.hide(*value);
    const bool defaulted = split != std::string_view::npos && (!value || value->empty());
    if (defaulted) return std::string(reference.substr(split + 2));
    if (value) {
      variables.append(variables.empty() ? "" : ", ").append(name);
      return value;
    }
    findings_.add(at, "환경 변수 {}: 설정되어 있지 않습니다 (기본값: ${{{}:-값}})",
                  "environment variable {} is not set (a default: ${{{}:-value}})", name, name);
    return std::nullopt;
  }

  const Environment& environment_;
  Findings& findings_;
};

void expand_node(Node& node, Expander& expander) {
  using Outcome = Expander::Outcome;
  if (node.kind == Node::Kind::scalar) {
    const Outcome outcome = expander.expand(node.text, node.at, node.variables);
    node.from_environment = outcome == Outcome::replaced;
    if (outcome == Outcome::failed || (node.from_environment && node.text.empty())) node.kind = Node::Kind::null;
  }
  for (Node& item : node.items) expand_node(item, expander);
  for (Node::Entry& entry : node.entries) {
    std::string of_key;
    entry.key_from_environment = expander.expand(entry.key, entry.key_at, of_key) == Outcome::replaced;
    expand_node(entry.value, expander);
  }
}

}  // namespace

void expand_variables(Node& node, const Environment& environment, Findings& findings) {
  Expander expander(environment, findings);
  expand_node(node, expander);
}

}  // namespace ktl::config
