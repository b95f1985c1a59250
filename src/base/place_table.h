#pragma once
// Finds places in somebody's vector by a hash: four to eight bytes an item, and no copy of what is looked for.
//
// The owner hashes and compares; it must not move items while it uses the table. Up to 2^32 - 1 items. Threads may
// find at the same time.
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace ktl {

class PlaceTable {
 public:
  PlaceTable() : PlaceTable(0) {}
  static std::size_t hash_of(std::string_view text) { return std::hash<std::string_view>()(text); }

  // For up to `items` items.
  explicit PlaceTable(std::size_t items) : places_(std::bit_ceil(items + items / 3 + 2), kNone) {}

  void add(std::size_t hash, std::size_t place) {
    std::size_t i = home(hash);
    while (places_[i] != kNone) i = next(i);
    places_[i] = static_cast<std::uint32_t>(place);
  }

  // The place that `is_it` accepts, among those of that hash; the one that was added first.
  template <class Matches>
  std::optional<std::size_t> find(std::size_t hash, Matches is_it) const {
    for (std::size_t i = home(hash); places_[i] != kNone; i = next(i))
      if (is_it(std::size_t{places_[i]})) return places_[i];
    return std::nullopt;
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  std::size_t home(std::size_t hash) const {
    return (hash * 0x9e3779b97f4a7c15ULL) >> (64 - std::countr_zero(places_.size()));
  }
  std::size_t next(std::size_t i) const { return (i + 1) & (places_.size() - 1); }

  std::vector<std::uint32_t> places_;  // size a power of two, never full
};

}  // namespace ktl
