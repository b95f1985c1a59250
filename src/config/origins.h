#pragma once
// Where each value of a configuration was said: file, line, and the environment variables that it was put together
// from.
#include <map>
#include <string>

namespace ktl::config {

struct Origin {
  std::string file;
  int line = 0;           // from 1
  std::string variables;  // names, with commas between them; empty: written in the file

  bool operator==(const Origin&) const = default;
};

// By path: "server.port", "upstreams[1].url", "default_limits.rpm", "security.admin_keys". What is not in it was not
// said and has its default. Without users, api_keys and groups, which may be many: the roster knows who said what of
// them.
using Origins = std::map<std::string, Origin, std::less<>>;

}  // namespace ktl::config
