#include "storage/redis/outbox.h"

#include <gtest/gtest.h>

#include "storage/journal/journal_fixture.h"

namespace ktl::storage::redis {
namespace {

using testing::open_entry;
using testing::TempFolder;
using testing::TestDisk;

constexpr Millis kAgain{1'000};

MonoTime at(std::int64_t ms) {
  return MonoTime(Millis(1'000'000 + ms));
}

ledger::Entry ending(ChargeId charge, std::int64_t tokens, ledger::EntryKind kind = ledger::EntryKind::settle) {
  ledger::Entry entry;
  entry.kind = kind;
  entry.charge = charge;
  entry.usage.prompt = tokens;
  entry.outcome = ledger::Outcome::ok;
  return entry;
}

ledger::Entry opening(unsigned charge) {
  return open_entry(ChargeId{charge}, WallTime(Millis(5)), 100, {1, 2, 3, 4});
}

class OutboxTest : public ::testing::Test {
 public:
  std::unique_ptr<Outbox> open(std::uint32_t segment_records = 8) {
    auto outbox = Outbox::open(
        {.directory = folder / "outbox", .segment_records = segment_records, .max_segments = 8, .files = &disk});
    EXPECT_TRUE(outbox) << (outbox ? "" : outbox.error().message);
    return outbox ? std::move(*outbox) : nullptr;
  }
  std::size_t segments() const { return list_segments(folder / "outbox")->size(); }
  // As a kill would leave it: the files as they are, the lock free.
  std::string copy(const std::string& name) const {
    std::filesystem::copy(folder / "outbox", folder / name, std::filesystem::copy_options::recursive);
    return folder / name;
  }

  TempFolder folder;
  TestDisk disk;
};

TEST_F(OutboxTest, AnEndingIsDueUntilItIsAcknowledged) {
  auto outbox = open();
  ASSERT_TRUE(outbox->append(opening(1)));
  EXPECT_FALSE(outbox->find(ChargeId{1})) << "it has not ended";
  ASSERT_TRUE(outbox->append(ending(ChargeId{1}, 60)));
  const auto ended = outbox->find(ChargeId{1});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->open.scopes[1], ScopeId{2});
  EXPECT_EQ(ended->ending->usage.prompt, 60);

  EXPECT_TRUE(outbox->due(at(0), kAgain, 10).empty()) << "the first attempt is the loop's";
  EXPECT_EQ(outbox->due(at(1'000), kAgain, 10).size(), 1U);
  EXPECT_TRUE(outbox->due(at(1'500), kAgain, 10).empty());
  EXPECT_EQ(outbox->due(at(2'000), kAgain, 10).size(), 1U);
  outbox->acknowledged(outbox->run(), ChargeId{1}, at(2'000));
  EXPECT_TRUE(outbox->due(at(9'000), kAgain, 10).empty());
}

TEST_F(OutboxTest, TheFirstEndingCounts) {
  auto outbox = open();
  ASSERT_TRUE(outbox->append(opening(1)));
  ASSERT_TRUE(outbox->append(ending(ChargeId{1}, 60)));
  ASSERT_TRUE(outbox->append(ending(ChargeId{1}, 999)));
  EXPECT_EQ(outbox->find(ChargeId{1})->ending->usage.prompt, 60);
  EXPECT_EQ(outbox->size().unacknowledged, 1U);
}

TEST_F(OutboxTest, AKillForgetsNeitherEndingsNorOpenCharges) {
  std::string left;
  std::uint64_t run = 0;
  {
    auto outbox = open();
    run = outbox->run();
    ASSERT_TRUE(outbox->append(opening(1)));
    ASSERT_TRUE(outbox->append(opening(2)));
    ASSERT_TRUE(outbox->append(ending(ChargeId{1}, 60)));
    left = copy("left");
  }
  auto next = Outbox::open({.directory = left, .segment_records = 8, .max_segments = 8, .files = &disk});
  ASSERT_TRUE(next);
  EXPECT_EQ((*next)->found_endings(), 1U);
  EXPECT_EQ((*next)->found_open(), 1U);
  EXPECT_NE((*next)->run(), run);
  auto due = (*next)->due(at(0), kAgain, 10);
  ASSERT_EQ(due.size(), 2U) << "nobody else tells them: they are due at once";
  EXPECT_EQ(due[0].run, run);
  EXPECT_EQ(due[0].ending->usage.prompt, 60);
  EXPECT_EQ(due[1].ending->kind, ledger::EntryKind::expire);
  EXPECT_EQ(due[1].ending->usage.prompt, 100) << "owed as reserved";

  // Killed again before all of it was acknowledged: read again.
  (*next)->acknowledged(run, ChargeId{1}, at(0));
  std::filesystem::copy(left, folder / "again", std::filesystem::copy_options::recursive);
  auto third = Outbox::open({.directory = folder / "again", .segment_records = 8, .max_segments = 8, .files = &disk});
  ASSERT_TRUE(third);
  EXPECT_EQ((*third)->due(at(0), kAgain, 10).size(), 2U);

  (*next)->acknowledged(run, ChargeId{2}, at(0));
  EXPECT_EQ((*next)->size().left_behind, 0U);
  EXPECT_EQ(list_segments(left)->size(), 1U) << "only the new run's";
}

TEST_F(OutboxTest, NothingIsLeftBehindWhenAllWasTold) {
  {
    auto outbox = open();
    ASSERT_TRUE(outbox->append(opening(1)));
    ASSERT_TRUE(outbox->append(ending(ChargeId{1}, 60)));
    outbox->acknowledged(outbox->run(), ChargeId{1}, at(0));
  }
  EXPECT_EQ(segments(), 0U);
  {
    auto outbox = open();
    ASSERT_TRUE(outbox->append(opening(1)));
  }
  EXPECT_EQ(segments(), 1U);
}

TEST_F(OutboxTest, TheJournalMovesOnOverWhatWasToldAndCarriesALongCharge) {
  auto outbox = open(8);
  ASSERT_TRUE(outbox->append(opening(1))) << "stays open for the whole test";
  for (unsigned charge = 2; charge < 500; ++charge) {
    ASSERT_TRUE(outbox->append(opening(charge))) << charge << ": " << outbox->journal().problem();
    ASSERT_TRUE(outbox->append(ending(ChargeId{charge}, 1)));
    outbox->acknowledged(outbox->run(), ChargeId{charge}, at(0));
    outbox->tidy();
    ASSERT_LE(segments(), 5U) << charge;
  }
  const std::string left = copy("left");
  auto next = Outbox::open({.directory = left, .segment_records = 8, .max_segments = 8, .files = &disk});
  ASSERT_TRUE(next);
  bool found = false;
  for (const OutboxCharge& charge : (*next)->due(at(0), kAgain, 100)) found |= charge.open.charge == ChargeId{1};
  EXPECT_TRUE(found) << "the long charge is still known";
}

TEST_F(OutboxTest, WithoutAcknowledgementsOpensAreRefusedAtTheBoundAndEndingsAreNot) {
  auto outbox = open(8);
  std::vector<unsigned> accepted;
  for (unsigned charge = 1; charge < 200; ++charge) {
    outbox->tidy();
    if (outbox->append(opening(charge))) accepted.push_back(charge);
  }
  EXPECT_EQ(accepted.size(), 32U) << "8 segments of 8 records, two for each charge";
  for (const unsigned charge : accepted) EXPECT_TRUE(outbox->append(ending(ChargeId{charge}, 1)));
  for (const unsigned charge : accepted) outbox->acknowledged(outbox->run(), ChargeId{charge}, at(0));
  outbox->tidy();
  outbox->tidy();
  EXPECT_TRUE(outbox->append(opening(1'000)));
}

TEST_F(OutboxTest, WhatWasAcknowledgedJustBeforeAConnectionWasLostIsToldAgain) {
  auto outbox = open();
  for (unsigned charge = 1; charge <= 2; ++charge) {
    ASSERT_TRUE(outbox->append(opening(charge)));
    ASSERT_TRUE(outbox->append(ending(ChargeId{charge}, 1)));
    outbox->acknowledged(outbox->run(), ChargeId{charge}, at(charge == 1 ? 0 : 8'000));
  }
  outbox->doubt_recent(at(9'000));
  const auto due = outbox->due(at(9'000), kAgain, 10);
  ASSERT_EQ(due.size(), 1U) << "the other one is older than any server loses";
  EXPECT_EQ(due[0].open.charge, ChargeId{2});
}

TEST_F(OutboxTest, ASecondGatewayOnTheSameFolderIsRefused) {
  auto outbox = open();
  const auto second = Outbox::open({.directory = folder / "outbox", .files = &disk});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
}

TEST_F(OutboxTest, AFullDiskRefusesOpensAndForgetsNothing) {
  auto outbox = open(8);
  ASSERT_TRUE(outbox->append(opening(1)));
  disk.allocate_error = ENOSPC;
  bool refused = false;
  for (unsigned charge = 2; charge < 20; ++charge) {
    outbox->tidy();
    refused |= !outbox->append(opening(charge));
  }
  EXPECT_TRUE(refused);
  EXPECT_TRUE(outbox->append(ending(ChargeId{1}, 1)));
  EXPECT_TRUE(outbox->find(ChargeId{1}));
  disk.allocate_error = 0;
  outbox->tidy();
  EXPECT_TRUE(outbox->append(opening(50)));
}

}  // namespace
}  // namespace ktl::storage::redis
