// A bucket of the history, as a file may hold it: what can be read is sound, and says the same when it is written
// again.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "series/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktl::series;
  const auto bucket = decode({reinterpret_cast<const char*>(data), size});
  if (!bucket) return 0;
  for (std::size_t i = 1; i < bucket->values.size(); ++i)
    KTL_CHECK(bucket->values[i - 1].first < bucket->values[i].first, "names ascend");
  Bucket twice = *bucket;
  merge(twice, *bucket);
  KTL_CHECK(twice.values.size() == bucket->values.size(), "a bucket added to itself has the same names");
  return 0;
}
