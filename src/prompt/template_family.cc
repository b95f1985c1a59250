// Names of the families, and which models are known to use them.
#include <algorithm>
#include <array>
#include <utility>

#include "prompt/chat_template.h"

namespace ktl::prompt {
namespace {

constexpr std::array<std::pair<TemplateFamily, std::string_view>, 6> kNames{{{TemplateFamily::unknown, "unknown"},
                                                                             {TemplateFamily::chatml, "chatml"},
                                                                             {TemplateFamily::qwen2_5, "qwen2.5"},
                                                                             {TemplateFamily::qwen3, "qwen3"},
                                                                             {TemplateFamily::llama3, "llama3"},
                                                                             {TemplateFamily::solar, "solar"}}};

bool holds(std::string_view name, std::string_view word) {
  return name.find(word) != std::string_view::npos;
}

bool holds_any(std::string_view name, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return holds(name, word); });
}

}  // namespace

std::string_view name_of(TemplateFamily family) {
  return kNames[static_cast<std::size_t>(family)].second;
}

std::optional<TemplateFamily> family_named(std::string_view name) {
  for (const auto& [family, known] : kNames) {
    if (known == name) return family;
  }
  return std::nullopt;
}

TemplateFamily family_of_model(std::string_view model) {
  std::string name(model);
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // Vision and audio models, and the later or specialised ones of a family, have templates of their own.
  if (holds_any(name, {"-vl", "omni", "audio", "embed", "rerank", "guard", "reward"})) return TemplateFamily::unknown;
  const bool instruct = holds(name, "instruct");
  if (holds_any(name, {"qwen2.5", "qwen2_5"}))
    return instruct && !holds(name, "math") ? TemplateFamily::qwen2_5 : TemplateFamily::unknown;
  if (holds(name, "qwen3"))
    return holds_any(name, {"qwen3.", "2507", "coder", "next", "base"}) ? TemplateFamily::unknown
                                                                        : TemplateFamily::qwen3;
  if (holds_any(name, {"meta-llama-3-8b", "meta-llama-3-70b"}) && instruct) return TemplateFamily::llama3;
  if (holds(name, "solar-10.7b") && instruct) return TemplateFamily::solar;
  return TemplateFamily::unknown;
}

}  // namespace ktl::prompt
