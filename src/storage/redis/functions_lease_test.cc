// What the functions promise of leases: they are spent charge by charge, each once, and shrink by it.
#include "storage/redis/functions.h"
#include "storage/redis/functions_test_fixture.h"

namespace ktl::storage::redis {
namespace {

using namespace std::chrono_literals;
using namespace suite;

class Leases : public Fixture {
 public:
  void lease(std::int64_t places = 0) {
    Ask whole = ask(100);
    whole.requests = 10;
    whole.places = places;
    whole.lease = 5s;
    ASSERT_TRUE(std::holds_alternative<Admitted>(reserve(place_, whole)));
  }
  static LeasedCharge charge(int number, std::int64_t prompt, std::int64_t completion) {
    LeasedCharge charge{static_cast<std::uint64_t>(number), ledger::EntryKind::settle, kNoon + 1s, 20,
                        used(prompt, completion)};
    if (prompt + completion == 0) charge.kind = ledger::EntryKind::release;
    if (prompt + completion == 0) charge.used.requests = 0;
    return charge;
  }
  Spent spend(std::vector<LeasedCharge> charges, std::optional<LeaseAmount> keep = {}, WallTime now = kNoon + 2s) {
    return read_spent(call(functions_.spend(place_, charges, keep, now))).value();
  }
  std::vector<OpenCharge> open() {
    return read_open_charges(call(functions_.open_charges("t07", false, {}, 10))).value();
  }
  std::int64_t used_now(LimitKind kind) { return used_of_user(kind, kNoon + 3s); }

  const ChargePlace place_ =
      place("c-1", limits({{LimitKind::rpm, 20}, {LimitKind::tpm, 200}, {LimitKind::concurrent, 5}}));
};

TEST_P(Leases, ShrinkByWhatIsSpentAndKeepTheRestCounted) {
  lease(3);
  EXPECT_EQ(spend({charge(2, 5, 5), charge(3, 10, 5), charge(4, 0, 0)}).unknown.size(), 0U);
  EXPECT_EQ(used_now(LimitKind::rpm), 10);
  EXPECT_EQ(used_now(LimitKind::tpm), 100);
  EXPECT_EQ(used_now(LimitKind::concurrent), 3);
  roll_up();
  EXPECT_EQ(totals(), (Totals{2, 15, 10}));
  spend({}, LeaseAmount{1, 20, 1});
  EXPECT_EQ(used_now(LimitKind::rpm), 3) << "two were spent, one still runs";
  EXPECT_EQ(used_now(LimitKind::tpm), 45);
  EXPECT_EQ(used_now(LimitKind::concurrent), 1);
  EXPECT_TRUE(spend({charge(5, 2, 1)}, LeaseAmount{}).lease_known);
  EXPECT_EQ(used_now(LimitKind::rpm), 3);
  EXPECT_EQ(used_now(LimitKind::tpm), 28);
  EXPECT_EQ(used_now(LimitKind::concurrent), 0);
  roll_up();
  EXPECT_EQ(totals(), (Totals{3, 17, 11}));
  EXPECT_TRUE(open().empty());
}

TEST_P(Leases, AreSpentOnceHoweverOftenItIsTold) {
  lease();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(spend({charge(2, 5, 5)}).lease_known);
  for (int i = 0; i < 2; ++i) spend({charge(2, 5, 5), charge(3, 1, 1)}, LeaseAmount{});
  const Spent after = spend({charge(3, 1, 1), charge(4, 1, 1)});
  EXPECT_FALSE(after.lease_known);
  EXPECT_EQ(after.unknown, std::vector<std::size_t>{1}) << "which was never told while the lease was there";
  EXPECT_EQ(used_now(LimitKind::rpm), 2);
  EXPECT_EQ(used_now(LimitKind::tpm), 12);
  roll_up();
  EXPECT_EQ(totals(), (Totals{2, 6, 6}));
}

TEST_P(Leases, NeverGrowByACallThatComesLate) {
  lease();
  spend({}, LeaseAmount{1, 20, 0});
  spend({}, LeaseAmount{5, 80, 0});
  EXPECT_EQ(used_now(LimitKind::rpm), 1);
  EXPECT_EQ(used_now(LimitKind::tpm), 20);
}

TEST_P(Leases, CountInFullWhatWasUsedBeyondThem) {
  lease();
  spend({charge(2, 90, 70)});
  EXPECT_EQ(used_now(LimitKind::tpm), 160);
  spend({}, LeaseAmount{});
  EXPECT_EQ(used_now(LimitKind::tpm), 160);
  EXPECT_EQ(used_now(LimitKind::rpm), 1);
}

TEST_P(Leases, OfTheDeadAreOwedInFullUntilTheyComeBack) {
  lease(3);
  spend({charge(2, 5, 5)});
  EXPECT_EQ(end(functions_.expire(place_, kNoon + 20s)), EndAnswer::ended);
  roll_up();
  EXPECT_EQ(totals(), (Totals{10, 95, 5})) << "what was spent, and all that was left";
  EXPECT_EQ(used_now(LimitKind::concurrent), 0);
  spend({charge(3, 4, 4)}, {}, kNoon + 40s);
  roll_up(100, kNoon + 41s);
  EXPECT_EQ(totals(), (Totals{10, 91, 9}));
  spend({}, LeaseAmount{}, kNoon + 42s);
  roll_up(100, kNoon + 43s);
  EXPECT_EQ(totals(), (Totals{2, 9, 9}));
  EXPECT_EQ(used_of_user(LimitKind::tpm, kNoon + 44s), 18);
  EXPECT_EQ(used_of_user(LimitKind::rpm, kNoon + 44s), 2);
}

TEST_P(Leases, ThatWereLostAreBookedChargeByCharge) {
  const Spent spent = spend({charge(2, 5, 5), charge(3, 1, 1)});
  EXPECT_FALSE(spent.lease_known);
  EXPECT_EQ(spent.unknown, (std::vector<std::size_t>{0, 1}));
}

TEST_P(Leases, ToldInWordsOfAnotherVersionAreAnErrorAndNotAcknowledged) {
  lease();
  Command command = functions_.spend(place_, std::vector{charge(2, 5, 5)}, {}, kNoon + 2s);
  command.words.back() = "2 settle c-2 1700000000000 ok 1 20 5 5 0 0";
  EXPECT_TRUE(call(command).is_error());
  command.words.back() += ';';
  EXPECT_TRUE(call(command).is_error());
  EXPECT_EQ(used_now(LimitKind::tpm), 100);
  roll_up();
  EXPECT_EQ(totals(), Totals{});
  EXPECT_TRUE(spend({charge(2, 5, 5)}).lease_known) << "and can be told in ours";
  roll_up();
  EXPECT_EQ(totals(), (Totals{1, 5, 5}));
}

INSTANTIATE_TEST_SUITE_P(OnTheHost, Leases, testing::Values(Where::host));
INSTANTIATE_TEST_SUITE_P(OnRedis, Leases, testing::Values(Where::single));
INSTANTIATE_TEST_SUITE_P(OnACluster, Leases, testing::Values(Where::cluster));

}  // namespace
}  // namespace ktl::storage::redis
