// Crashes by the thousand: at any storage call, between any two steps, by a kill or a power loss, also while a start
// recovers from the crash before. KTL_SEEDS says how many, KTL_SEED names the one to repeat.
#include "storage/sqlite/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace ktl::storage::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSeeds = 200;
#else
constexpr std::uint64_t kSeeds = 2000;
#endif

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* words = std::getenv(variable);
  return words != nullptr ? std::strtoull(words, nullptr, 10) : otherwise;
}

TEST(SimulationTest, no_crash_loses_books_twice_or_forgets_what_was_promised) {
  const std::uint64_t first = number_from("KTL_SEED", 1);
  const std::uint64_t last = std::getenv("KTL_SEED") != nullptr ? first : number_from("KTL_SEEDS", kSeeds);
  Simulation::Counts all;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    Simulation simulation(seed, Canary::none);
    const std::string wrong = simulation.run();
    ASSERT_EQ(wrong, "") << "seed " << seed;
    const Simulation::Counts& counts = simulation.counts();
    all.charges += counts.charges;
    all.kills += counts.kills;
    all.power_losses += counts.power_losses;
    all.deaths_while_opening += counts.deaths_while_opening;
    all.failed_calls += counts.failed_calls;
    all.torn_records += counts.torn_records;
    all.replayed_records += counts.replayed_records;
  }
  std::printf(
      "%llu charges, %llu kills, %llu power losses, %llu of both while opening, %llu failed calls, "
      "%llu records replayed, %llu found torn\n",
      static_cast<unsigned long long>(all.charges), static_cast<unsigned long long>(all.kills),
      static_cast<unsigned long long>(all.power_losses), static_cast<unsigned long long>(all.deaths_while_opening),
      static_cast<unsigned long long>(all.failed_calls), static_cast<unsigned long long>(all.replayed_records),
      static_cast<unsigned long long>(all.torn_records));
  if (last - first < 100) return;
  EXPECT_GT(all.deaths_while_opening, last / 20) << "the plan of deaths has gone astray";
  EXPECT_GT(all.torn_records, last / 20);
  EXPECT_GT(all.replayed_records, last);
}

class CanaryTest : public ::testing::TestWithParam<Canary> {};

TEST_P(CanaryTest, is_found) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Simulation simulation(seed, GetParam());
    const std::string wrong = simulation.run();
    if (wrong.empty()) continue;
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), wrong.c_str());
    return;
  }
  FAIL() << "the auditor does not see it";
}

INSTANTIATE_TEST_SUITE_P(AllOfThem, CanaryTest,
                         ::testing::Values(Canary::journal_is_not_synced, Canary::sqlite_is_not_synced,
                                           Canary::folders_are_not_synced,
                                           Canary::position_is_moved_before_the_entries_are_booked,
                                           Canary::charge_ids_are_used_again, Canary::a_record_is_lost,
                                           Canary::a_charge_is_added_up_twice, Canary::a_reservation_stays_open));

}  // namespace
}  // namespace ktl::storage::testing
