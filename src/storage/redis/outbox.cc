#include "storage/redis/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/rng.h"

namespace ktl::storage::redis {
namespace {

// What is looked at while the head may move on: little at first, since the first one may wait.
constexpr std::size_t kFirstBatch = 16;
constexpr std::size_t kMostBatch = 4096;
// An AOF that is synced every second, and a replica that lags, lose no more than this.
constexpr Millis kDoubted{5'000};

std::uint64_t number_of(ChargeId charge) {
  return static_cast<std::uint64_t>(charge);
}

// "<run>-<charge>"
std::string name_of_charge(std::uint64_t run, ChargeId charge) {
  std::array<char, 2 * 16 + 1> text{};
  char* at = std::to_chars(text.data(), text.data() + text.size(), run, 16).ptr;
  *at++ = '-';
  at = std::to_chars(at, text.data() + text.size(), number_of(charge), 16).ptr;
  return {text.data(), at};
}

// What is owed of a charge whose gateway died.
ledger::Entry expiry_of(const ledger::Entry& open) {
  ledger::Entry ending;
  ending.kind = ledger::EntryKind::expire;
  ending.charge = open.charge;
  ending.at = open.at;
  ending.usage.prompt = open.reserved_tokens;
  ending.outcome = ledger::Outcome::gateway_died;
  return ending;
}

}  // namespace

std::string OutboxCharge::name() const {
  return name_of_charge(run, open.charge);
}

std::string OutboxCharge::lease_name() const {
  return name_of_charge(run, open.lease);
}

std::string OutboxCharge::gateway() const {
  return Outbox::gateway_name(run);
}

std::string Outbox::gateway_name(std::uint64_t run) {
  return fmt::format("{:x}", run);
}

Outbox::Outbox(Options options, FileLock lock)
    : options_(std::move(options)),
      files_(options_.files != nullptr ? *options_.files : static_cast<FileSystem&>(machine_)),
      lock_(std::move(lock)) {}

Result<std::unique_ptr<Outbox>> Outbox::open(Options options) {
  RealFileSystem machine;
  if (auto made = make_directories(options.directory, options.files != nullptr ? *options.files : machine); !made)
    return tl::unexpected(made.error());
  auto lock = FileLock::take(options.directory + "/lock");
  if (!lock) return tl::unexpected(lock.error());
  std::unique_ptr<Outbox> outbox(new Outbox(std::move(options), std::move(*lock)));
  if (auto read = outbox->read_old(); !read) return tl::unexpected(read.error());
  if (auto started = outbox->start(); !started) return tl::unexpected(started.error());
  return outbox;
}

Outbox::~Outbox() {
  if (journal_ == nullptr) return;
  static_cast<void>(journal_->sync());
  const Size left = size();
  if (left.open + left.unacknowledged + left.left_behind > 0) return;
  journal_.reset();
  const auto numbers = list_segments(options_.directory);
  if (!numbers) return;
  for (const std::uint32_t number : *numbers) files_.remove(segment_path(options_.directory, number));
}

Result<void> Outbox::read_old() {
  const auto numbers = list_segments(options_.directory);
  if (!numbers) return tl::unexpected(numbers.error());
  for (const std::uint32_t number : *numbers) {
    const auto old = load_segment(segment_path(options_.directory, number));
    if (!old) return tl::unexpected(old.error());
    for (std::uint32_t slot = 0; slot < old->records.size(); ++slot) {
      const auto entry = checked_entry_of(old->records[slot], commit_word(old->number, slot));
      if (!entry) continue;
      const std::pair key(old->journal_id, number_of(entry->charge));
      if (entry->kind == ledger::EntryKind::open) {
        Pending& pending = old_[key];
        pending.charge.run = old->journal_id;
        pending.charge.open = *entry;
        pending.charge.shared_steps = kAllScopes;  // nobody remembers: those that were not taken answer so
      } else if (const auto found = old_.find(key); found != old_.end()) {
        found->second.charge.ending = *entry;
      }  // else its opening was acknowledged and is gone, so this is too
    }
    first_segment_ = number + 1;
  }
  for (auto& [key, pending] : old_) {
    if (Pending* lease = find_lease(key.first, pending.charge.open); lease != nullptr) ++lease->waits_for;
    ++(pending.charge.ending ? found_endings_ : found_open_);
    if (!pending.charge.ending) pending.charge.ending = expiry_of(pending.charge.open);
  }
  unacknowledged_ = old_.size();
  old_segments_ = *numbers;
  return {};
}

Result<void> Outbox::start() {
  run_ = Rng::from_system().next();
  if (old_.empty()) remove_old_files();
  auto journal = WriteAheadJournal::create({.directory = options_.directory,
                                            .journal_id = run_,
                                            .first_segment = first_segment_,
                                            .segment_records = options_.segment_records,
                                            .max_segments = options_.max_segments},
                                           files_);
  if (!journal) return tl::unexpected(journal.error());
  journal_ = std::move(*journal);
  return {};
}

void Outbox::remove_old_files() {
  for (const std::uint32_t number : old_segments_) files_.remove(segment_path(options_.directory, number));
  old_segments_.clear();
}

void Outbox::admitted(ChargeId charge, ScopeMask shared_steps) {
  const std::lock_guard lock(mutex_);
  mine_[number_of(charge)].charge.shared_steps = shared_steps;
}

void Outbox::abandoned(ChargeId charge) {
  const std::lock_guard lock(mutex_);
  mine_.erase(number_of(charge));
}

Result<std::uint64_t> Outbox::append(const ledger::Entry& entry) {
  const bool opens = entry.kind == ledger::EntryKind::open;
  if (opens) {
    // Known before it is written: tidy() must not take its record for one that is done with.
    const std::lock_guard lock(mutex_);
    Pending& pending = mine_[number_of(entry.charge)];
    pending.charge.run = run_;
    pending.charge.open = entry;
    if (Pending* lease = find_lease(run_, entry); lease != nullptr) ++lease->waits_for;
  }
  auto written = journal_->append(entry);
  if (opens && written) return written;
  const std::lock_guard lock(mutex_);
  if (opens) {
    if (Pending* lease = find_lease(run_, entry); lease != nullptr) --lease->waits_for;
    mine_.erase(number_of(entry.charge));
    return written;
  }
  const auto found = mine_.find(number_of(entry.charge));
  if (found == mine_.end() || found->second.charge.ending) return written;
  found->second.charge.ending = entry;
  ++unacknowledged_;
  return written;
}

// What this charge was taken from.
Outbox::Pending* Outbox::find_lease(std::uint64_t run, const ledger::Entry& open) {
  if (open.lease == ChargeId::none || open.lease == open.charge) return nullptr;
  if (run == run_) {
    const auto found = mine_.find(number_of(open.lease));
    return found == mine_.end() ? nullptr : &found->second;
  }
  const auto found = old_.find({run, number_of(open.lease)});
  return found == old_.end() ? nullptr : &found->second;
}

std::optional<OutboxCharge> Outbox::find(ChargeId charge) const {
  const std::lock_guard lock(mutex_);
  const auto found = mine_.find(number_of(charge));
  if (found == mine_.end() || !found->second.charge.ending) return std::nullopt;
  return found->second.charge;
}

std::vector<OutboxCharge> Outbox::due(MonoTime now, Millis again, std::size_t most) {
  std::vector<OutboxCharge> result;
  const std::lock_guard lock(mutex_);
  if (unacknowledged_ == 0) return result;
  const auto take = [&](Pending& pending) {
    if (!pending.charge.ending || pending.waits_for > 0 || pending.next_try > now || result.size() >= most) return;
    const bool first = pending.next_try == MonoTime{} && pending.charge.run == run_;
    pending.next_try = now + again;
    if (!first) result.push_back(pending.charge);  // the first attempt is the loop's own
  };
  for (auto& [key, pending] : old_) take(pending);
  for (auto& [charge, pending] : mine_) take(pending);
  return result;
}

void Outbox::acknowledged(std::uint64_t run, ChargeId charge, MonoTime now) {
  const std::lock_guard lock(mutex_);
  acknowledge(run, charge, now);
}

void Outbox::acknowledged(std::span<const OutboxCharge> charges, MonoTime now) {
  const std::lock_guard lock(mutex_);
  for (const OutboxCharge& charge : charges) acknowledge(charge.run, charge.open.charge, now);
}

void Outbox::acknowledge(std::uint64_t run, ChargeId charge, MonoTime now) {
  if (run != run_) {
    const auto found = old_.find({run, number_of(charge)});
    if (found == old_.end()) return;
    if (Pending* lease = find_lease(run, found->second.charge.open); lease != nullptr) --lease->waits_for;
    old_.erase(found);
    --unacknowledged_;
    if (old_.empty()) remove_old_files();
    return;
  }
  while (!recent_.empty() && recent_.front().first + kDoubted < now) recent_.pop_front();
  const auto found = mine_.find(number_of(charge));
  if (found == mine_.end()) return;
  if (Pending* lease = find_lease(run_, found->second.charge.open); lease != nullptr) --lease->waits_for;
  if (found->second.charge.ending) {
    --unacknowledged_;
    recent_.emplace_back(now, std::move(found->second.charge));
  }
  mine_.erase(found);
}

void Outbox::doubt_recent(MonoTime now) {
  const std::lock_guard lock(mutex_);
  while (!recent_.empty()) {
    auto& [at, charge] = recent_.back();
    if (at + kDoubted >= now) {
      const std::uint64_t number = number_of(charge.open.charge);
      Pending& pending = mine_[number];
      pending.charge = std::move(charge);
      pending.next_try = now;
      if (Pending* lease = find_lease(run_, pending.charge.open); lease != nullptr) ++lease->waits_for;
      ++unacknowledged_;
    }
    recent_.pop_back();
  }
}

Outbox::Size Outbox::size() const {
  const std::lock_guard lock(mutex_);
  const std::size_t mine = unacknowledged_ - old_.size();
  return {.open = mine_.size() - mine, .unacknowledged = mine, .left_behind = old_.size()};
}

void Outbox::tidy() {
  if (journal_->wants_room()) static_cast<void>(journal_->extend());  // problem() tells, and it is tried again
  for (std::size_t most = kFirstBatch;; most = std::min(most * 4, kMostBatch)) {
    journal_->read_batch(most, batch_);
    if (batch_.entries.empty()) return;
    const std::uint64_t begin = batch_.end - batch_.entries.size();
    std::uint64_t passed = 0;
    for (const ledger::Entry& entry : batch_.entries) {
      bool waits = false;
      bool ended = false;
      std::size_t known = 0;
      {
        const std::lock_guard lock(mutex_);
        const auto found = mine_.find(number_of(entry.charge));
        waits = found != mine_.end();
        ended = waits && found->second.charge.ending.has_value();
        known = mine_.size();
      }
      if (waits) {
        // Worth it only while most of what lies behind it is done with.
        const std::uint64_t behind = journal_->claimed() - begin - passed;
        const bool worth = behind > options_.segment_records && known * 4 < behind;
        const bool carried = worth && !ended && entry.kind == ledger::EntryKind::open && journal_->repeat(entry);
        if (!carried) break;
      }
      ++passed;
    }
    journal_->mark_drained(begin + passed);
    if (passed < batch_.entries.size()) return;
  }
}

}  // namespace ktl::storage::redis
