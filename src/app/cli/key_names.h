#pragma once
// What may be shown of a key that the store knows by the hex digits of its digest: the name it was given, its mask, or
// the first digits ("sha256:1a2b3c…"). Never the key, never the whole digest.
#include <map>
#include <string>
#include <string_view>

#include "config/config.h"
#include "storage/sqlite/sqlite_file.h"

namespace ktl::app {

class KeyNames {
 public:
  explicit KeyNames(const config::Config& config);

  // `label`: the name that the store has for it, or "". What the configuration says comes first.
  std::string shown(std::string_view digest, std::string_view label) const;
  // The same, with the name that `store` has.
  std::string shown(std::string_view digest, storage::SqliteFile& store) const;

 private:
  std::map<std::string, std::string, std::less<>> configured_;
};

}  // namespace ktl::app
