#include "tests/tidy/layers.h"

#include <regex>
#include <sstream>
#include <stdexcept>

#include "tests/tidy/source_text.h"

namespace ktl::tidy {
namespace {

std::set<std::string, std::less<>> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::set<std::string, std::less<>> words;
  for (std::string word; stream >> word;) words.insert(word);
  return words;
}

bool allows(const std::set<std::string, std::less<>>& list, std::string_view name) {
  return list.contains("*") || list.contains(name);
}

}  // namespace

Layers parse_layers(std::string_view text) {
  static const std::regex form(R"(([a-z_]+):([a-z_* ]*):([a-zA-Z0-9_.\-* ]*))");
  Layers layers;
  for (const std::string_view view : lines_of(text)) {
    const std::string line(view);
    if (line.empty() || line.front() == '#') continue;
    std::smatch parts;
    if (!std::regex_match(line, parts, form)) throw std::runtime_error("layers.txt: not understood: " + line);
    layers[parts[1]] = {words_of(parts[2]), words_of(parts[3])};
  }
  for (const auto& [name, layer] : layers) {
    for (const std::string& used : layer.modules) {
      if (used != "*" && !layers.contains(used)) throw std::runtime_error("layers.txt: no such module: " + used);
    }
  }
  return layers;
}

std::string objection_to_include(const Layers& layers, std::string_view module, std::string_view line) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  if (line.find("include") == std::string_view::npos) return "";
  std::match_results<std::string_view::const_iterator> parts;
  if (!std::regex_match(line.begin(), line.end(), parts, include)) return "";
  const auto layer = layers.find(module);
  if (layer == layers.end()) return "module " + std::string(module) + " is not in cmake/layers.txt";

  const std::string path = parts[2];
  const std::size_t slash = path.find('/');
  const std::string first = path.substr(0, slash);
  if (parts[1] == "\"") {
    if (slash == std::string::npos) return "write the path from src/: " + path;
    if (first == module || (layers.contains(first) && allows(layer->second.modules, first))) return "";
    return std::string(module) + " may not include " + first;
  }
  const bool of_the_language = slash == std::string::npos && !path.ends_with(".h");
  if (of_the_language || allows(layer->second.third_party, first)) return "";
  static const std::set<std::string, std::less<>> system_headers = {"unistd.h", "fcntl.h",   "signal.h", "poll.h",
                                                                    "netdb.h",  "pthread.h", "time.h",   "dirent.h"};
  if (system_headers.contains(first) && allows(layer->second.third_party, "sys")) return "";
  return std::string(module) + " may not see <" + path + ">";
}

}  // namespace ktl::tidy
