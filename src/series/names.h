#pragma once
// Which figures there are: each name has a number, given once and kept for good. Bounded, because names hold those of
// models and engines.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "series/value.h"

namespace ktl::series {

struct Named {
  std::string name;
  Unit unit = Unit::count;
  std::uint8_t kind = 0;  // Value::index()
};

class Names {
 public:
  static constexpr std::size_t kMax = 2'000;

  // The name's number, given now if it has none; nullopt if there are too many names, or if it is of another kind.
  std::optional<NameId> number(const Named& named);
  std::optional<NameId> find(std::string_view name) const;
  const Named& operator[](NameId id) const { return list_[static_cast<std::size_t>(id)]; }
  const std::vector<Named>& all() const { return list_; }  // in the order of their numbers, from 0

 private:
  std::vector<Named> list_;
  std::map<std::string, NameId, std::less<>> numbers_;
};

}  // namespace ktl::series
