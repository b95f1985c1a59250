#include "series/history.h"

#include <algorithm>
#include <map>

#include "series/codec.h"
#include "series/side.h"

namespace ktl::series {
namespace {

constexpr std::size_t kMaxAdded = 3'600;  // what may wait for an archive that fails
constexpr Millis kForgetEvery{60'000};

std::uint8_t kind_of(const Value& value) {
  return static_cast<std::uint8_t>(value.index());
}

}  // namespace

Result<void> History::open() {
  if (archive_ == nullptr) return {};
  auto known = archive_->names();
  if (!known) return tl::unexpected(known.error());
  const std::lock_guard archive_lock(archive_mutex_);
  const std::lock_guard lock(memory_mutex_);
  for (const Named& named : *known) names_.number(named);
  names_archived_ = known->size();
  return {};
}

void History::add(WallTime at, double seconds, const std::vector<Point>& points) {
  const std::lock_guard lock(memory_mutex_);
  Bucket bucket{.seconds = seconds, .values = {}};
  for (const Point& point : points) {
    const auto id = names_.number({point.name, point.unit, kind_of(point.value)});
    if (id) merge(bucket, Bucket{.seconds = 0, .values = {{*id, point.value}}});
  }
  const WallTime start = start_of(at, kSeconds.step);
  if (archive_ != nullptr) {
    added_.push_back({start, bucket});
    if (added_.size() > kMaxAdded) added_.pop_front();
  }
  if (!seconds_.empty() && seconds_.back().start == start) {  // two in one second
    if (const auto first = decode(seconds_.back().bucket)) merge(bucket, *first);
    seconds_.pop_back();
  }
  seconds_.push_back({kSeconds.step, start, encode(bucket)});
  while (start - seconds_.front().start > kSeconds.keeps) seconds_.pop_front();
}

Result<void> History::fold(WallTime now) {
  if (archive_ == nullptr) return {};
  const std::lock_guard lock(archive_mutex_);
  return fold_locked(now);
}

Result<Bucket> History::bucket_at(std::size_t tier, WallTime start) {
  if (open_[tier].start == start) return open_[tier].bucket;
  auto known = archive_->load(kTiers[tier].step, start);
  if (!known) return tl::unexpected(known.error());
  if (known->empty()) return Bucket{};
  return decode(*known).value_or(Bucket{});  // one that cannot be read is begun anew
}

Result<void> History::fold_locked(WallTime now) {
  std::deque<Added> added;
  Archive::Batch batch;
  {
    const std::lock_guard lock(memory_mutex_);
    added.swap(added_);
    const auto& names = names_.all();
    batch.names.assign(names.begin() + static_cast<std::ptrdiff_t>(names_archived_), names.end());
  }
  std::array<Open, kTiers.size()> next = open_;
  const auto put_back = [&](const Error& error) -> Result<void> {
    const std::lock_guard lock(memory_mutex_);
    added_.insert(added_.begin(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
    while (added_.size() > kMaxAdded) added_.pop_front();
    return tl::unexpected(error);
  };
  for (std::size_t tier = 0; tier < kTiers.size(); ++tier) {
    std::map<WallTime, Bucket> by_start;
    for (const Added& second : added) merge(by_start[start_of(second.start, kTiers[tier].step)], second.bucket);
    for (auto& [start, gain] : by_start) {
      auto bucket = bucket_at(tier, start);
      if (!bucket) return put_back(bucket.error());
      merge(*bucket, gain);
      batch.rows.push_back({kTiers[tier].step, start, encode(*bucket)});
      next[tier] = {start, std::move(*bucket)};
    }
  }
  const bool forget = now - forgot_at_ >= kForgetEvery || now < forgot_at_;
  if (forget)
    for (const Tier& tier : kTiers) batch.forget.emplace_back(tier.step, now - tier.keeps - tier.step);
  if (batch.rows.empty() && batch.names.empty() && !forget) return {};
  if (auto done = archive_->write(batch); !done) return put_back(done.error());
  open_ = std::move(next);
  names_archived_ += batch.names.size();
  if (forget) forgot_at_ = now;
  return {};
}

std::vector<Row> History::rows_in_memory(const Query& query) const {
  const std::lock_guard lock(memory_mutex_);
  std::vector<Row> rows;
  for (const Row& row : seconds_)
    if (row.start >= query.from && row.start < query.to) rows.push_back(row);
  return rows;
}

// Of the step asked for; or, where there is no archive, of seconds.
Result<std::vector<Row>> History::rows(const Query& query) {
  if (query.step == kSeconds.step || archive_ == nullptr) return rows_in_memory(query);
  return archive_->range(query.step, query.from, query.to);
}

Result<Table> History::read(const Query& asked, WallTime now) {
  Query query = asked;
  query.from = start_of(query.from, query.step);
  Table table{.from = query.from, .step = query.step, .rows = 0, .seconds = {}, .columns = {}, .unknown = {}};
  if (query.to > query.from)
    table.rows = static_cast<std::size_t>((query.to - query.from + query.step - Millis(1)) / query.step);
  table.seconds.resize(table.rows);

  const std::lock_guard lock(archive_mutex_);
  if (archive_ != nullptr && query.step != kSeconds.step)
    if (auto done = fold_locked(now); !done) return tl::unexpected(done.error());
  std::vector<Side> sides;
  {
    const std::lock_guard memory_lock(memory_mutex_);
    for (const std::string& name : query.names) {
      const auto side = side_of(names_, name);
      if (!side) {
        table.unknown.push_back(name);
        continue;
      }
      sides.push_back(*side);
      table.columns.push_back({name, side->unit, std::vector<std::optional<double>>(table.rows)});
    }
  }
  auto found = rows(query);
  if (!found) return tl::unexpected(found.error());

  Bucket bucket;
  for (std::size_t i = 0; i < found->size(); ++i) {
    if (const auto part = decode((*found)[i].bucket)) merge(bucket, *part);
    const auto place = static_cast<std::size_t>(((*found)[i].start - query.from) / query.step);
    const bool goes_on =
        i + 1 < found->size() && static_cast<std::size_t>(((*found)[i + 1].start - query.from) / query.step) == place;
    if (goes_on) continue;
    table.seconds[place] = bucket.seconds;
    for (std::size_t column = 0; column < sides.size(); ++column)
      table.columns[column].values[place] = read_side(bucket, sides[column]);
    bucket = {};
  }
  return table;
}

std::vector<Named> History::names() const {
  const std::lock_guard lock(memory_mutex_);
  return names_.all();
}

}  // namespace ktl::series
