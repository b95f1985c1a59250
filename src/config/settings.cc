#include "config/settings.h"

#include "base/check.h"
#include "config/draft.h"
#include "config/print.h"
#include "config/yaml_reader.h"

namespace ktl::config {
namespace {

// `sglang_server:` is printed as the first of the upstreams, and says a model besides.
bool in_one_engine_form(const Config& config) {
  return !config.upstreams.empty() && !config.upstreams.front().model_path.empty();
}

class Finder {
 public:
  explicit Finder(const Config& config) : config_(config) {}

  std::optional<Origin> origin_of(std::string_view path) const {
    constexpr std::string_view kEngine = "upstreams[0].";
    if (!in_one_engine_form(config_)) return first_of({std::string(path)});
    if (path.starts_with(kEngine)) return of_engine(std::string(path.substr(kEngine.size())));
    if (auto said = first_of({std::string(path)})) return said;
    if (is_of_served_model(path)) return first_of({"sglang_server.model_path"});
    return std::nullopt;
  }

 private:
  std::optional<Origin> of_engine(const std::string& field) const {
    const std::string section = "sglang_server.";
    if (field == "url") return first_of({section + "port", section + "host"});
    if (field == "max_in_flight") return first_of({section + field, section + "sglang_args.max_running_requests"});
    return first_of({section + field});
  }

  // The model that sglang_server says, where `models:` does not.
  bool is_of_served_model(std::string_view path) const {
    return path.ends_with(".upstream_model") && !config_.models.empty() &&
           path == "models." + config_.models.front().alias + ".upstream_model" &&
           config_.models.front().upstream_model == config_.upstreams.front().model_path;
  }

  std::optional<Origin> first_of(std::initializer_list<std::string> paths) const {
    for (const std::string& path : paths)
      if (const auto found = config_.origins.find(path); found != config_.origins.end()) return found->second;
    return std::nullopt;
  }

  const Config& config_;
};

std::string text_of(const Node& node) {
  if (node.kind != Node::Kind::sequence) return node.text;
  std::string list = "[";
  for (const Node& item : node.items) list += (list.size() > 1 ? ", " : "") + item.text;
  return list + "]";
}

void flatten(const std::string& path, const Node& node, const Finder& finder, std::vector<Setting>& out) {
  const bool of_maps = !node.items.empty() && node.items.front().kind == Node::Kind::map;
  if (node.kind == Node::Kind::map) {
    for (const Node::Entry& entry : node.entries)
      flatten(path.empty() ? entry.key : path + "." + entry.key, entry.value, finder, out);
  } else if (node.kind == Node::Kind::sequence && of_maps) {
    for (std::size_t i = 0; i < node.items.size(); ++i)
      flatten(path + "[" + std::to_string(i) + "]", node.items[i], finder, out);
  } else {
    out.push_back({path, text_of(node), finder.origin_of(path)});
  }
}

}  // namespace

std::vector<Setting> settings_of(const Config& config) {
  const Source printed{"settings", to_yaml_without_people(config)};
  Findings findings({&printed, 1}, Language::english);
  const auto tree = read_yaml(printed, 0, findings);
  KTL_CHECK(tree.has_value(), "what is printed as YAML is YAML");
  std::vector<Setting> settings;
  flatten("", *tree, Finder(config), settings);
  return settings;
}

}  // namespace ktl::config
