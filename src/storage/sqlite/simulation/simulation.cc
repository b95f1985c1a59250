#include "storage/sqlite/simulation/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace ktl::storage::testing {
namespace {

constexpr std::int64_t kDay = 86'400'000;
constexpr std::int64_t kHour = 3'600'000;

std::string made(const std::string& folder) {
  std::filesystem::create_directory(folder);
  return folder;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, Canary canary)
    : canary_(canary), rng_(seed), disk_(made(folder_ / "live"), seed + 1), vfs_(disk_) {
  options_.path = folder_ / "live/usage.db";
  options_.segment_records = 4U << rng_.below(4);
  options_.max_segments = static_cast<std::uint32_t>(2 + rng_.below(4));
  options_.drain_batch = static_cast<std::size_t>(1 + rng_.below(16));
  options_.busy = Millis(0);
  options_.start_keeper = false;
  options_.clock = &clock_;
  options_.files = &disk_;
  if (canary == Canary::journal_is_not_synced) disk_.lie(Lie::journal_sync);
  if (canary == Canary::sqlite_is_not_synced) disk_.lie(Lie::sqlite_sync);
  if (canary == Canary::folders_are_not_synced) disk_.lie(Lie::directory_sync);
}

std::string Simulation::run() {
  const std::uint64_t crashes = 1 + rng_.below(3);
  for (std::uint64_t life = 0; life <= crashes; ++life) {
    const std::uint64_t kind = rng_.below(8);
    const bool last = life == crashes;
    const Death death = last || kind == 0 ? Death::none : kind < 4 ? Death::kill : Death::power_loss;
    if (auto wrong = live(death); !wrong.empty()) return fmt::format("life {}: {}", life + 1, wrong);
  }
  // What the last life closed properly is there without any recovery.
  auto wrong = live(Death::none);
  counts_.charges = auditor_.charges();
  counts_.failed_calls = disk_.failed_calls();
  return wrong;
}

std::string Simulation::live(Death death) {
  plan_disasters(death);
  open_.clear();
  ended_.clear();
  auto opened = open();
  if (opened) {
    store_ = std::move(*opened);
    if (auto wrong = look_at_the_books(); !wrong.empty()) return wrong;
    const std::uint64_t steps = rng_.below(100);
    for (std::uint64_t step = 0; step < steps && !disk_.dead() && violation_.empty(); ++step) {
      take_step();
      note_syncs();
    }
  } else if (!disk_.dead()) {
    return "the store does not open: " + opened.error().message;
  } else {
    ++counts_.deaths_while_opening;
  }
  if (death != Death::none) disk_.die();
  store_.reset();
  if (waiting_ != 0) return "somebody who waits for a sync was not told once";
  const bool power_lost = death == Death::power_loss;
  if (power_lost) disk_.lose_power();
  if (disk_.dead()) ++(power_lost ? counts_.power_losses : counts_.kills);
  auditor_.life_ends(power_lost);
  disk_.behave();
  if (violation_.empty()) sabotage();
  return violation_;
}

void Simulation::plan_disasters(Death death) {
  const std::uint64_t now = disk_.calls();
  if (death != Death::none && rng_.below(4) != 0) {
    constexpr std::uint64_t kRanges[] = {200, 500, 1500};
    disk_.die_at(now + 1 + rng_.below(kRanges[rng_.below(3)]));
  }
  if (rng_.below(4) != 0) return;
  constexpr Fault kFaults[] = {Fault::io, Fault::full, Fault::busy, Fault::read_only};
  disk_.fail_calls(now + 1 + rng_.below(800), 1 + rng_.below(20), kFaults[rng_.below(4)]);
}

// Calls that fail may stop a start, but when they work again so must the next.
Result<std::unique_ptr<SqliteStore>> Simulation::open() {
  for (;;) {
    const std::uint64_t failed = disk_.failed_calls();
    auto opened = SqliteStore::open(options_);
    if (opened || disk_.dead() || disk_.failed_calls() == failed) return opened;
  }
}

std::string Simulation::look_at_the_books() {
  if (disk_.dead()) return "";
  counts_.torn_records += store_->recovery().torn;
  counts_.replayed_records += store_->recovery().replayed;
  if (auto wrong = auditor_.audit(options_.path); !wrong.empty()) return wrong;
  for (const std::int64_t since : {std::int64_t{0}, clock_.now_ms - kHour, clock_.now_ms - kDay}) {
    const std::uint64_t failed = disk_.failed_calls();
    const auto slices = store_->usage_since(WallTime(Millis(since)), clock_.wall());
    if (!slices) return disk_.dead() || disk_.failed_calls() > failed ? "" : slices.error().message;
    Auditor::Sums sums;
    for (const ledger::UsageSlice& slice : *slices) {
      auto& sum = sums[static_cast<std::uint32_t>(slice.scope)];
      sum[0] += slice.requests;
      sum[1] += slice.tokens;
    }
    if (auto wrong = auditor_.check_usage(sums, since, since == 0); !wrong.empty()) return wrong;
  }
  return "";
}

void Simulation::take_step() {
  const std::uint64_t kind = rng_.below(100);
  const std::uint64_t failed = disk_.failed_calls();
  if (kind < 38) return open_charge();
  if (kind < 66) return end_charge();
  if (kind < 69) return end_again();
  if (kind < 78) return static_cast<void>(store_->sync_now());
  if (kind < 88) return keep(store_->drain_now(), failed, "drain");
  if (kind < 94) return static_cast<void>(store_->extend_now());
  if (kind < 97) return visit_as_another_program();
  move_clock();
}

void Simulation::open_charge() {
  const ChargeId charge = store_->next_charge();
  const auto reserved = static_cast<std::int64_t>(rng_.below(1000));
  ledger::Entry entry = open_entry(charge, clock_.wall(), reserved, {});
  Auditor::Scopes scopes;
  for (std::uint64_t i = rng_.below(4); i < 4; ++i) {
    scopes.push_back(static_cast<std::uint32_t>(1 + i));
    entry.scopes[entry.scope_count++] = static_cast<ScopeId>(1 + i);
  }
  const auto written = store_->append(entry);
  if (!written) return;  // no room: refused, and never heard of again
  last_sequence_ = static_cast<std::uint64_t>(*written);
  auditor_.opened(static_cast<std::uint64_t>(charge), clock_.now_ms, reserved, std::move(scopes), last_sequence_);
  open_.push_back(charge);
  if (rng_.below(4) != 0) return;
  ++waiting_;
  store_->when_synced(*written, [this, sequence = last_sequence_](bool good) {
    --waiting_;
    if (good && !disk_.dead()) auditor_.synced_upto(sequence);
  });
}

void Simulation::end_charge() {
  if (open_.empty()) return;
  const auto which = static_cast<std::ptrdiff_t>(rng_.below(open_.size()));
  const ChargeId charge = open_[static_cast<std::size_t>(which)];
  open_.erase(open_.begin() + which);
  ended_.push_back(charge);
  const auto amount = [this] { return static_cast<std::int64_t>(rng_.below(500)); };
  const ledger::Entry ending = rng_.below(4) == 0
                                   ? release_entry(charge, clock_.wall())
                                   : settle_entry(charge, clock_.wall(), {amount(), amount(), amount(), amount()});
  const auto written = store_->append(ending);
  if (!written) {
    violation_ = "the ending of an accepted charge was refused: " + written.error().message;
    return;
  }
  last_sequence_ = static_cast<std::uint64_t>(*written);
  const TokenUsage& usage = ending.usage;
  auditor_.ended(static_cast<std::uint64_t>(charge), static_cast<std::int64_t>(ending.kind), clock_.now_ms,
                 {usage.prompt, usage.completion, usage.cached, usage.reasoning}, last_sequence_);
}

// A second ending is tolerated, and ignored. It takes a place of its own, which may be one that was promised to another
// charge; so only when no other is open.
void Simulation::end_again() {
  if (ended_.empty() || !open_.empty()) return;
  const ChargeId charge = ended_[static_cast<std::size_t>(rng_.below(ended_.size()))];
  const auto written = store_->append(settle_entry(charge, clock_.wall(), {1001, 0, 0, 0}));
  if (!written) return;
  last_sequence_ = static_cast<std::uint64_t>(*written);
  auditor_.ended(static_cast<std::uint64_t>(charge), static_cast<std::int64_t>(ledger::EntryKind::settle),
                 clock_.now_ms, {1001, 0, 0, 0}, last_sequence_);
}

void Simulation::move_clock() {
  const std::uint64_t kind = rng_.below(20);
  const std::int64_t jump = kind == 0 ? kDay : kind == 1 ? -kDay : static_cast<std::int64_t>(rng_.below(60'000));
  clock_.now_ms += jump;
}

// As the command line, or somebody with sqlite3: the log is checkpointed at any time, often with a fresh start of it.
void Simulation::visit_as_another_program() {
  constexpr const char* kModes[] = {"PASSIVE", "FULL", "RESTART", "TRUNCATE"};
  auto database = Database::open(options_.path, Access::read_write, Millis(0));
  if (!database) return;
  static_cast<void>(database->execute(fmt::format("PRAGMA wal_checkpoint({})", kModes[rng_.below(4)])));
}

// The keeper's work may fail only because a call did.
void Simulation::keep(const Result<void>& outcome, std::uint64_t failed_before, const char* what) {
  if (outcome || disk_.dead() || disk_.failed_calls() > failed_before) return;
  violation_ = fmt::format("{} fails without a cause: {}", what, outcome.error().message);
}

void Simulation::note_syncs() {
  if (disk_.dead()) return;
  std::uint64_t upto = last_sequence_;
  while (upto > 0 && !store_->synced(static_cast<ledger::Sequence>(upto))) --upto;
  auditor_.synced_upto(upto);
}

void Simulation::change_file(const std::string& sql) {
  auto database = Database::open(options_.path, Access::read_write, Millis(0));
  if (database) static_cast<void>(database->execute(sql));
}

void Simulation::sabotage() {
  last_sequence_ = 0;
  switch (canary_) {
    case Canary::position_is_moved_before_the_entries_are_booked:
      return change_file("UPDATE journal_position SET slot=slot+2");
    case Canary::charge_ids_are_used_again:
      return change_file("UPDATE meta SET value=value-1 WHERE key='generation'");
    case Canary::a_charge_is_added_up_twice:
      return change_file("UPDATE usage_by_day SET requests=requests+1");
    case Canary::a_reservation_stays_open:
      return change_file(
          "CREATE TRIGGER stays_open AFTER DELETE ON open_reservations BEGIN INSERT INTO open_reservations "
          "VALUES(OLD.charge_id, OLD.admitted_at_ms, OLD.scope_set, OLD.reserved); END");
    case Canary::a_record_is_lost: {
      const auto numbers = list_segments(options_.path + ".journal");
      if (!numbers || numbers->empty()) return;
      std::fstream file(segment_path(options_.path + ".journal", numbers->back()),
                        std::ios::binary | std::ios::in | std::ios::out);
      const std::string nothing(sizeof(Record), '\0');
      file.seekp(sizeof(Record)).write(nothing.data(), static_cast<std::streamsize>(nothing.size()));
      return;
    }
    default:
      return;
  }
}

}  // namespace ktl::storage::testing
