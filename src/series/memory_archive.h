#pragma once
// Test support: an archive that lasts as long as its object, and can fail.
#include <algorithm>
#include <map>

#include "series/archive.h"

namespace ktl::series {

class MemoryArchive final : public Archive {
 public:
  Result<std::vector<Named>> names() override { return names_; }
  Result<std::string> load(Millis step, WallTime start) override {
    const auto found = rows_.find({step, start});
    return found == rows_.end() ? std::string() : found->second;
  }
  Result<std::vector<Row>> range(Millis step, WallTime from, WallTime to) override {
    std::vector<Row> rows;
    for (const auto& [key, content] : rows_)
      if (key.first == step && key.second >= from && key.second < to) rows.push_back({step, key.second, content});
    return rows;
  }
  Result<void> write(const Batch& batch) override {
    if (fails) return fail(ErrorCode::unavailable, ErrorSource::storage, "disk full", Retry::yes);
    ++writes;
    names_.insert(names_.end(), batch.names.begin(), batch.names.end());
    for (const Row& row : batch.rows) rows_[{row.step, row.start}] = row.bucket;
    for (const auto& forget : batch.forget)
      std::erase_if(rows_, [&forget](const auto& row) {
        return row.first.first == forget.first && row.first.second < forget.second;
      });
    return {};
  }
  std::size_t rows(Millis step) const {
    return static_cast<std::size_t>(
        std::count_if(rows_.begin(), rows_.end(), [&](const auto& row) { return row.first.first == step; }));
  }

  bool fails = false;
  int writes = 0;

 private:
  std::vector<Named> names_;
  std::map<std::pair<Millis, WallTime>, std::string> rows_;
};

}  // namespace ktl::series
