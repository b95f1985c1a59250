// Records and segments: what is written can be read, and what is damaged is known as such.
#include "storage/journal/segment.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/rng.h"
#include "storage/journal/crc32c.h"
#include "storage/journal/journal_fixture.h"

namespace ktl::storage::testing {
namespace {

ledger::Entry full_entry() {
  ledger::Entry entry = open_entry(ChargeId{0xFEDCBA9876543210}, WallTime(Millis(1'800'000'000'123)), 4096,
                                   {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xFFFFFFFF});
  entry.usage = {1, 2, 3, 4};
  entry.outcome = ledger::Outcome::client_left;
  return entry;
}

TEST(Crc32cTest, gives_the_published_check_values_by_table_and_by_instruction) {
  const std::string digits = "123456789";
  EXPECT_EQ(crc32c(digits.data(), digits.size()), 0xE3069283U);
  EXPECT_EQ(crc32c_by_table(digits.data(), digits.size()), 0xE3069283U);
  const std::string zeros(32, '\0');  // RFC 3720 B.4
  EXPECT_EQ(crc32c(zeros.data(), zeros.size()), 0x8A9136AAU);
}

TEST(Crc32cTest, table_and_instruction_agree_on_any_length) {
  Rng rng(7);
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(crc32c(bytes.data(), bytes.size()), crc32c_by_table(bytes.data(), bytes.size())) << bytes.size();
    bytes.push_back(static_cast<char>(rng.below(256)));
  }
}

TEST(RecordTest, an_entry_comes_back_as_it_was_written) {
  const ledger::Entry entry = full_entry();
  Record record{};
  EXPECT_FALSE(is_published(record, commit_word(3, 9)));
  write_record(record, entry, commit_word(3, 9));
  EXPECT_TRUE(is_published(record, commit_word(3, 9)));
  const auto back = checked_entry_of(record, commit_word(3, 9));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->kind, entry.kind);
  EXPECT_EQ(back->charge, entry.charge);
  EXPECT_EQ(back->at, entry.at);
  EXPECT_EQ(back->scope_count, entry.scope_count);
  EXPECT_EQ(back->scopes, entry.scopes);
  EXPECT_EQ(back->reserved_tokens, entry.reserved_tokens);
  EXPECT_EQ(back->usage, entry.usage);
  EXPECT_EQ(back->outcome, entry.outcome);
}

TEST(RecordTest, any_single_changed_bit_is_noticed) {
  Record record{};
  write_record(record, full_entry(), commit_word(1, 0));
  auto* bytes = reinterpret_cast<unsigned char*>(&record);
  for (std::size_t bit = 0; bit < sizeof record * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
    EXPECT_FALSE(checked_entry_of(record, commit_word(1, 0))) << "bit " << bit;
    bytes[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
  }
  EXPECT_TRUE(checked_entry_of(record, commit_word(1, 0)));
}

TEST(RecordTest, a_record_of_another_slot_or_segment_is_not_taken) {
  Record record{};
  write_record(record, full_entry(), commit_word(1, 5));
  EXPECT_FALSE(checked_entry_of(record, commit_word(1, 6)));
  EXPECT_FALSE(checked_entry_of(record, commit_word(2, 5)));
}

TEST(SegmentTest, what_was_written_is_found_by_the_next_run) {
  const TempFolder folder;
  RealFileSystem files;
  {
    const auto segment = Segment::create(folder / ".", 77, 12, 8, files);
    ASSERT_TRUE(segment) << segment.error().message;
    write_record((*segment)->slot(0), full_entry(), (*segment)->commit_of(0));
    write_record((*segment)->slot(7), full_entry(), (*segment)->commit_of(7));
    EXPECT_EQ((*segment)->sync(), 0);
  }
  EXPECT_EQ(list_segments(folder / ".").value(), std::vector<std::uint32_t>{12});
  const auto old = load_segment(segment_path(folder / ".", 12));
  ASSERT_TRUE(old) << old.error().message;
  EXPECT_EQ(old->journal_id, 77U);
  EXPECT_EQ(old->number, 12U);
  ASSERT_EQ(old->records.size(), 8U);
  EXPECT_TRUE(checked_entry_of(old->records[0], commit_word(12, 0)));
  EXPECT_FALSE(checked_entry_of(old->records[3], commit_word(12, 3)));
  EXPECT_TRUE(checked_entry_of(old->records[7], commit_word(12, 7)));
}

TEST(SegmentTest, a_segment_that_cannot_be_made_leaves_nothing_behind) {
  const TempFolder folder;
  for (const bool at_sync : {false, true}) {
    TestDisk disk;
    (at_sync ? disk.sync_error : disk.allocate_error) = ENOSPC;
    const auto segment = Segment::create(folder / ".", 1, 1, 8, disk);
    ASSERT_FALSE(segment);
    EXPECT_EQ(segment.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(std::filesystem::is_empty(folder / "."));
  }
}

TEST(SegmentTest, an_unfinished_segment_is_cleared_away_and_foreign_files_are_left_alone) {
  const TempFolder folder;
  for (const char* name : {"000003.seg", "000002.seg", "000004.seg.new", "notes.txt", "x1.seg"}) {
    std::ofstream(folder / name) << "x";
  }
  EXPECT_EQ(list_segments(folder / ".").value(), (std::vector<std::uint32_t>{2, 3}));
  EXPECT_FALSE(std::filesystem::exists(folder / "000004.seg.new"));
  EXPECT_TRUE(std::filesystem::exists(folder / "notes.txt"));
}

}  // namespace
}  // namespace ktl::storage::testing
