#include "series/names.h"

namespace ktl::series {

std::optional<NameId> Names::number(const Named& named) {
  if (const auto known = find(named.name)) {
    if ((*this)[*known].kind != named.kind) return std::nullopt;
    return known;
  }
  if (list_.size() >= kMax) return std::nullopt;
  const NameId id{static_cast<std::uint32_t>(list_.size())};
  list_.push_back(named);
  numbers_.emplace(named.name, id);
  return id;
}

std::optional<NameId> Names::find(std::string_view name) const {
  const auto known = numbers_.find(name);
  return known == numbers_.end() ? std::nullopt : std::optional(known->second);
}

}  // namespace ktl::series
