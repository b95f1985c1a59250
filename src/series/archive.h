#pragma once
// Port: where buckets outlive the program. Implementation: storage/series/series_file.h.
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "series/names.h"

namespace ktl::series {

struct Row {
  Millis step;
  WallTime start;
  std::string bucket;  // codec.h
};

// Used by one thread at a time.
class Archive {
 public:
  virtual ~Archive() = default;

  virtual Result<std::vector<Named>> names() = 0;                                       // in the order of their numbers
  virtual Result<std::string> load(Millis step, WallTime start) = 0;                    // empty: there is none
  virtual Result<std::vector<Row>> range(Millis step, WallTime from, WallTime to) = 0;  // from <= start < to, ascending

  struct Batch {
    std::vector<Named> names;                         // new ones, following those that are known
    std::vector<Row> rows;                            // in the place of those of the same step and start
    std::vector<std::pair<Millis, WallTime>> forget;  // of a step, what starts before
  };
  virtual Result<void> write(const Batch& batch) = 0;  // all or nothing
};

}  // namespace ktl::series
