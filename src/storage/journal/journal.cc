#include "storage/journal/journal.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace ktl::storage {
namespace {

// Takes `amount` from `counter` unless less is there.
bool take(std::atomic<std::int64_t>& counter, std::int64_t amount) {
  std::int64_t now = counter.load(std::memory_order_relaxed);
  while (now >= amount) {
    if (counter.compare_exchange_weak(now, now - amount, std::memory_order_acq_rel, std::memory_order_relaxed))
      return true;
  }
  return false;
}

}  // namespace

WriteAheadJournal::WriteAheadJournal(const Options& options, FileSystem& files)
    : options_(options),
      files_(files),
      records_(std::bit_ceil(std::uint64_t{std::max(options.segment_records, 4U)})),
      shift_(std::countr_zero(records_)),
      ring_(std::bit_ceil(std::size_t{std::max(options.max_segments, 2U)})) {}

WriteAheadJournal::~WriteAheadJournal() {
  abandon_waiters();
}

Result<std::unique_ptr<WriteAheadJournal>> WriteAheadJournal::create(const Options& options, FileSystem& files) {
  std::unique_ptr<WriteAheadJournal> journal(new WriteAheadJournal(options, files));
  if (auto extended = journal->extend(); !extended) return tl::unexpected(extended.error());
  return journal;
}

Result<std::uint64_t> WriteAheadJournal::append(const ledger::Entry& entry) {
  if (entry.kind == ledger::EntryKind::open) {
    if (!accepting() || !take(free_, 2)) return refusal();
    promised_.fetch_add(1, std::memory_order_acq_rel);
  } else if (!take(promised_, 1) && !take(free_, 1)) {
    return refusal();  // more endings than opens, and no room for the surplus
  }
  return write_next(entry);
}

Result<std::uint64_t> WriteAheadJournal::repeat(const ledger::Entry& entry) {
  if (!accepting() || !take(free_, 1)) return refusal();
  return write_next(entry);
}

std::uint64_t WriteAheadJournal::write_next(const ledger::Entry& entry) {
  const std::uint64_t number = next_.fetch_add(1, std::memory_order_acq_rel);
  Segment* segment = ring_[(number >> shift_) & (ring_.size() - 1)].load(std::memory_order_acquire);
  const std::uint32_t index = index_of(number);
  write_record(segment->slot(index), entry, segment->commit_of(index));
  return number + 1;
}

bool WriteAheadJournal::accepting() const {
  return sync_works_.load(std::memory_order_acquire) && free_.load(std::memory_order_relaxed) >= 2;
}

tl::unexpected<Error> WriteAheadJournal::refusal() const {
  const std::string why = problem();
  return fail(ErrorCode::unavailable, ErrorSource::storage, why.empty() ? "the journal has no room just now" : why,
              Retry::yes);
}

std::uint64_t WriteAheadJournal::published() {
  const std::lock_guard lock(segments_mutex_);
  const std::uint64_t claimed_now = claimed();
  while (published_ < claimed_now) {
    Segment& segment = *segment_of(published_);
    std::uint32_t index = index_of(published_);
    const std::uint64_t end = std::min(claimed_now, published_ - index + records_);
    const std::uint64_t before = published_;
    for (; published_ < end && is_published(segment.slot(index), segment.commit_of(index)); ++published_) ++index;
    if (published_ == before || published_ < end) break;
  }
  return published_;
}

Result<void> WriteAheadJournal::sync() {
  const std::lock_guard lock(sync_mutex_);
  const bool worked = sync_works_.load(std::memory_order_acquire);
  const std::uint64_t upto = published();
  if (worked && upto <= synced()) return {};
  for (const auto& segment : worked ? live_segments(synced(), upto) : live_segments(0, upto)) {
    const int error = segment->sync();
    if (error == 0) continue;
    sync_works_.store(false, std::memory_order_release);
    failed_upto_ = std::max(failed_upto_, upto);
    std::string words = fmt::format("cannot sync {}: {}", segment->path(), std::strerror(error));
    {
      const std::lock_guard problem_lock(problem_mutex_);
      sync_problem_ = words;
    }
    tell_waiters(upto, false);
    return fail(ErrorCode::io, ErrorSource::storage, std::move(words), Retry::yes);
  }
  // The kernel reports a lost page once: what a failed sync covered is safe only when SQLite has it.
  if (!worked && drained() < failed_upto_) {
    return fail(ErrorCode::io, ErrorSource::storage, "entries of a failed sync are not yet in SQLite", Retry::yes);
  }
  if (!worked) {
    const std::lock_guard problem_lock(problem_mutex_);
    sync_problem_.clear();
  }
  sync_works_.store(true, std::memory_order_release);
  raise_synced(upto);
  return {};
}

void WriteAheadJournal::raise_synced(std::uint64_t to) {
  std::uint64_t now = synced();
  while (now < to && !synced_.compare_exchange_weak(now, to, std::memory_order_acq_rel)) {
  }
  tell_waiters(to, true);
}

void WriteAheadJournal::when_synced(std::uint64_t number, std::function<void(bool)> done) {
  {
    const std::lock_guard lock(waiters_mutex_);
    if (synced() < number) {
      waiters_.push_back({number, std::move(done)});
      return;
    }
  }
  done(true);
}

void WriteAheadJournal::tell_waiters(std::uint64_t upto, bool good) {
  std::vector<Waiter> ready;
  {
    const std::lock_guard lock(waiters_mutex_);
    const auto begin =
        std::stable_partition(waiters_.begin(), waiters_.end(), [upto](const Waiter& w) { return w.number > upto; });
    ready.assign(std::make_move_iterator(begin), std::make_move_iterator(waiters_.end()));
    waiters_.erase(begin, waiters_.end());
  }
  for (Waiter& waiter : ready) waiter.done(good);
}

void WriteAheadJournal::abandon_waiters() {
  tell_waiters(UINT64_MAX, false);
}

bool WriteAheadJournal::wants_room() const {
  return free_.load(std::memory_order_relaxed) < static_cast<std::int64_t>(records_ / 2);
}

Result<void> WriteAheadJournal::extend() {
  const std::lock_guard lock(extend_mutex_);
  std::uint64_t index = 0;
  std::size_t live = 0;
  {
    const std::lock_guard segments_lock(segments_mutex_);
    live = segments_.size();
    index = first_index_ + live;
  }
  Result<std::shared_ptr<Segment>> segment =
      live >= std::max(options_.max_segments, 2U)
          ? fail(ErrorCode::unavailable, ErrorSource::storage,
                 fmt::format("the journal is at its bound: {} segments wait to be booked", live), Retry::yes)
          : Segment::create(options_.directory, options_.journal_id,
                            options_.first_segment + static_cast<std::uint32_t>(index),
                            static_cast<std::uint32_t>(records_), files_);
  {
    const std::lock_guard problem_lock(problem_mutex_);
    room_problem_ = segment ? std::string() : segment.error().message;
  }
  if (!segment) return tl::unexpected(std::move(segment.error()));
  {
    const std::lock_guard segments_lock(segments_mutex_);
    segments_.push_back(*segment);
    ring_[index & (ring_.size() - 1)].store(segment->get(), std::memory_order_release);
  }
  free_.fetch_add(static_cast<std::int64_t>(records_), std::memory_order_acq_rel);
  return {};
}

std::shared_ptr<Segment> WriteAheadJournal::segment_of(std::uint64_t number) {
  const std::uint64_t index = number >> shift_;
  KTL_CHECK(index >= first_index_ && index - first_index_ < segments_.size(), "the entry lies in a live segment");
  return segments_[static_cast<std::size_t>(index - first_index_)];
}

std::vector<std::shared_ptr<Segment>> WriteAheadJournal::live_segments(std::uint64_t from, std::uint64_t to) {
  const std::lock_guard lock(segments_mutex_);
  std::vector<std::shared_ptr<Segment>> found;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const std::uint64_t begin = (first_index_ + i) << shift_;
    if (begin < to && begin + records_ > from) found.push_back(segments_[i]);
  }
  return found;
}

void WriteAheadJournal::read_batch(std::size_t most, Batch& batch) {
  batch.entries.clear();
  const std::uint64_t from = drained();
  const std::uint64_t end = std::min(published(), from + most);
  std::shared_ptr<Segment> segment;
  for (std::uint64_t number = from; number < end; ++number) {
    const std::uint32_t index = index_of(number);
    if (segment == nullptr || index == 0) {
      const std::lock_guard lock(segments_mutex_);
      segment = segment_of(number);
    }
    batch.entries.push_back(entry_of(segment->slot(index)));
  }
  batch.end = end;
  batch.begin = position_of(from);
  batch.next = position_of(end);
}

Position WriteAheadJournal::position_of(std::uint64_t number) const {
  return {options_.first_segment + static_cast<std::uint32_t>(number >> shift_), index_of(number)};
}

void WriteAheadJournal::mark_drained(std::uint64_t end) {
  std::vector<std::shared_ptr<Segment>> done;
  {
    const std::lock_guard lock(segments_mutex_);
    drained_.store(end, std::memory_order_release);
    while (!segments_.empty() && ((first_index_ + 1) << shift_) <= end) {
      done.push_back(std::move(segments_.front()));
      segments_.pop_front();
      ++first_index_;
    }
  }
  for (const auto& segment : done) files_.remove(segment->path());
  raise_synced(end);
}

std::optional<WallTime> WriteAheadJournal::oldest_pending() {
  const std::lock_guard lock(segments_mutex_);
  const std::uint64_t number = drained();
  if (number >= claimed()) return std::nullopt;
  Segment& segment = *segment_of(number);
  const std::uint32_t index = index_of(number);
  if (!is_published(segment.slot(index), segment.commit_of(index))) return std::nullopt;
  return WallTime(Millis(segment.slot(index).at_ms));
}

std::string WriteAheadJournal::problem() const {
  const std::lock_guard lock(problem_mutex_);
  return sync_problem_.empty() ? room_problem_ : sync_problem_;
}

}  // namespace ktl::storage
