#pragma once
// The configuration while it is read: the values, and the places of those that are compared with others at the end.
// Internal to config.
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/findings.h"
#include "config/node.h"

namespace ktl::config {

// A name used somewhere that must be defined elsewhere.
struct Reference {
  std::string name;
  Place at;
};

struct Draft {
  Config config;
  std::vector<Reference> users_named;   // by groups and keys
  std::vector<Reference> models_named;  // by upstreams, users and keys
  std::vector<Place> upstream_places;   // as config.upstreams
  std::vector<Place> key_places;        // as config.api_keys
  std::vector<Place> admin_key_places;  // as config.security.admin_keys
  std::vector<Place> model_places;      // as config.models
  Place dashboard_place;
};

// Each reads its sections of `root` (a map) and reports what is wrong in them.
void read_process(const Node& root, Draft& draft, Findings& findings);  // server … metrics
void read_engines(const Node& root, Draft& draft, Findings& findings);  // sglang_server, upstreams, models
void read_people(const Node& root, Draft& draft, Findings& findings);   // users, api_keys, groups; after default_limits

// What only shows when everything is read: unknown names, contradictions.
void cross_check(const Draft& draft, Findings& findings);

// Where each value of `root` was said.
Origins origins_of(const Node& root, std::span<const Source> sources);

// The value of a top-level section; an empty one if it is absent.
const Node& section(const Node& root, const std::string& name);

}  // namespace ktl::config
