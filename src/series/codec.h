#pragma once
// A bucket as bytes, and back. Small: a few bytes a figure. Reading is total: nonsense is nullopt.
//
//   milliseconds of Bucket::seconds, then for each value: name number * 4 + kind, steps since the value before; then
//     Sum     total
//     Level   count, mean and highest as 8 bytes each (IEEE 754, little endian)
//     Spread  sum (zigzag), how many buckets are not 0, and of each: its distance from the one before, its count
//   All numbers without a size are varints (7 bits a byte, lowest first).
#include <optional>
#include <string>
#include <string_view>

#include "series/value.h"

namespace ktl::series {

std::string encode(const Bucket& bucket);
std::optional<Bucket> decode(std::string_view bytes);

}  // namespace ktl::series
