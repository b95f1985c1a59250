#pragma once
// One seeded run of a store on a simulated disk: several lives, each with random work (opens, endings, syncs, drains,
// new segments, another program at the file, a jumping clock, calls that fail), each but the last ended by a crash at
// any storage call or between two steps; after each start the auditor looks at the books.
#include <memory>
#include <string>

#include "base/rng.h"
#include "storage/journal/journal_fixture.h"
#include "storage/sqlite/simulation/auditor.h"
#include "storage/sqlite/simulation/simulated_disk.h"
#include "storage/sqlite/simulation/simulated_vfs.h"
#include "storage/sqlite/sqlite_store.h"

namespace ktl::storage::testing {

// Bugs made on purpose, between two lives or by the disk. The auditor must find each.
enum class Canary {
  none,
  journal_is_not_synced,
  sqlite_is_not_synced,
  folders_are_not_synced,
  position_is_moved_before_the_entries_are_booked,
  charge_ids_are_used_again,
  a_record_is_lost,
  a_charge_is_added_up_twice,
  a_reservation_stays_open,
};

class Simulation {
 public:
  Simulation(std::uint64_t seed, Canary canary);

  // The first violation, or nothing.
  std::string run();

  // How much happened, so that a test can show that it was something.
  struct Counts {
    std::uint64_t charges = 0;
    std::uint64_t kills = 0;
    std::uint64_t power_losses = 0;
    std::uint64_t deaths_while_opening = 0;
    std::uint64_t failed_calls = 0;
    std::uint64_t torn_records = 0;
    std::uint64_t replayed_records = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  enum class Death { none, kill, power_loss };

  std::string live(Death death);
  void plan_disasters(Death death);
  Result<std::unique_ptr<SqliteStore>> open();
  std::string look_at_the_books();
  void take_step();
  void open_charge();
  void end_charge();
  void end_again();
  void move_clock();
  void visit_as_another_program();
  void keep(const Result<void>& outcome, std::uint64_t failed_before, const char* what);
  void note_syncs();
  void sabotage();
  void change_file(const std::string& sql);

  const Canary canary_;
  Rng rng_;
  TempFolder folder_;
  TestClock clock_;
  SimulatedDisk disk_;
  SimulatedVfs vfs_;
  Auditor auditor_;
  SqliteOptions options_;
  std::unique_ptr<SqliteStore> store_;
  std::vector<ChargeId> open_;
  std::vector<ChargeId> ended_;
  std::uint64_t last_sequence_ = 0;
  int waiting_ = 0;  // when_synced callbacks that have not come
  std::string violation_;
  Counts counts_;
};

}  // namespace ktl::storage::testing
