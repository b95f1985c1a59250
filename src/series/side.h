#pragma once
// One number out of a figure: a sum as a rate, a level's mean or highest, a quantile of a spread. Pure.
#include <optional>
#include <string_view>

#include "series/names.h"
#include "series/value.h"

namespace ktl::series {

struct Side {
  enum class What : std::uint8_t { rate, mean, highest, p50, p95, p99, count };
  NameId name{};
  What what = What::rate;
  Unit unit = Unit::count;
};

// "in_flight", "in_flight.max", "first_token_ms.p95", …; nullopt: there is no such thing.
std::optional<Side> side_of(const Names& names, std::string_view text);

// nullopt: the bucket does not know.
std::optional<double> read_side(const Bucket& bucket, const Side& side);

}  // namespace ktl::series
