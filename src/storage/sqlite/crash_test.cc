// After any crash the books are as acknowledged. Two ways to crash: SIGKILL at a random point of a process with threads
// and keeper, and, single-threaded but between any two steps, a copy of the files with what was not synced torn.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <map>
#include <thread>

#include "base/rng.h"
#include "storage/sqlite/store_fixture.h"

namespace ktl::storage::testing {
namespace {

struct LedgerRow {
  std::int64_t kind;
  std::int64_t reserved;
  std::int64_t prompt;
};
using Ledger = std::map<std::uint64_t, LedgerRow>;

Ledger read_ledger(const std::string& path) {
  Ledger rows;
  auto database = Database::open(path, Access::read_only, Millis(1000));
  EXPECT_TRUE(database);
  auto read = database->prepare("SELECT charge_id, kind, reserved, prompt FROM ledger");
  EXPECT_TRUE(read);
  while (read->step().value_or(false)) {
    rows[static_cast<std::uint64_t>(read->integer(0))] = {read->integer(1), read->integer(2), read->integer(3)};
  }
  return rows;
}

// Every sum must follow from the ledger, and nothing may be open.
void expect_consistent(const std::string& path) {
  auto database = Database::open(path, Access::read_only, Millis(1000));
  ASSERT_TRUE(database);
  EXPECT_EQ(database->query_integer("SELECT COUNT(*) FROM open_reservations").value(), 0);
  const char* owed =
      "SELECT COALESCE(SUM(prompt+completion)*1000003+COUNT(*),0) FROM ledger l JOIN scope_set_members m "
      "ON m.scope_set=l.scope_set WHERE kind<>3";
  const std::int64_t expected = database->query_integer(owed).value();
  EXPECT_EQ(database->query_integer("SELECT COALESCE(SUM(prompt+completion)*1000003+SUM(requests),0) FROM usage_by_day")
                .value(),
            expected);
  EXPECT_EQ(database->query_integer("SELECT COALESCE(SUM(tokens)*1000003+SUM(requests),0) FROM usage_by_slice").value(),
            expected);
}

// What the child says over the pipe, after the store said yes. Small enough to be written whole or not at all.
struct Ack {
  std::uint64_t charge;
  std::int64_t kind;
  std::int64_t amount;  // open: reserved; settle: prompt
};

SqliteOptions child_options(const std::string& path) {
  SqliteOptions options;
  options.path = path;
  options.segment_records = 256;
  options.drain_batch = 64;
  options.drain_interval = Millis(1);
  options.group_commit = Millis(1);
  return options;
}

void work(SqliteStore& store, int pipe, std::uint64_t seed) {
  Rng rng(seed);
  const SystemClock clock;
  std::vector<ChargeId> open;
  const auto acknowledge = [pipe](ChargeId charge, ledger::EntryKind kind, std::int64_t amount) {
    const Ack ack{static_cast<std::uint64_t>(charge), static_cast<std::int64_t>(kind), amount};
    if (::write(pipe, &ack, sizeof ack) != ssize_t{sizeof ack}) ::_exit(1);
  };
  for (;;) {
    if (open.size() < 20 && rng.below(2) == 0) {
      const auto reserved = static_cast<std::int64_t>(rng.below(1000));
      const ChargeId charge = store.next_charge();
      if (!store.append(open_entry(charge, clock.wall(), reserved, {1, 2, 3}))) continue;
      acknowledge(charge, ledger::EntryKind::open, reserved);
      open.push_back(charge);
    } else if (!open.empty()) {
      const auto which = static_cast<std::size_t>(rng.below(open.size()));
      const ChargeId charge = open[which];
      open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
      const bool release = rng.below(4) == 0;
      const auto prompt = release ? 0 : static_cast<std::int64_t>(rng.below(1000));
      const auto ending =
          release ? release_entry(charge, clock.wall()) : settle_entry(charge, clock.wall(), {prompt, 0, 0, 0});
      if (!store.append(ending)) ::_exit(2);
      acknowledge(charge, ending.kind, prompt);
    }
  }
}

[[noreturn]] void live_until_killed(const std::string& path, int pipe, std::uint64_t seed) {
  auto store = SqliteStore::open(child_options(path));
  if (!store) ::_exit(3);
  std::thread other([&store, pipe, seed] { work(**store, pipe, seed + 1'000'000); });
  work(**store, pipe, seed);
  ::_exit(4);
}

TEST(KillTest, what_was_acknowledged_before_a_kill_is_in_the_books_once) {
  const TempFolder folder;
  const std::string path = folder / "usage.db";
  std::map<std::uint64_t, std::vector<Ack>> acknowledged;
  for (std::uint64_t round = 1; round <= 40; ++round) {
    SCOPED_TRACE(::testing::Message() << "round and seed " << round);
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(ends[0]);
      live_until_killed(path, ends[1], round);
    }
    ::close(ends[1]);
    // Killed after some acknowledgements, or (with 0) as early as while it opens and recovers.
    Rng rng(round);
    std::uint64_t until = rng.below(8) == 0 ? 0 : 1 + rng.below(3000);
    Ack ack{};
    bool killed = false;
    for (;;) {
      if (!killed && until == 0) {
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        killed = true;
      }
      if (::read(ends[0], &ack, sizeof ack) != ssize_t{sizeof ack}) break;
      acknowledged[ack.charge].push_back(ack);
      if (until > 0) --until;
    }
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    if (round % 4 != 0) continue;  // the next child recovers; sometimes this process does and looks

    auto options = child_options(path);
    options.start_keeper = false;
    auto store = SqliteStore::open(options);
    ASSERT_TRUE(store) << store.error().message;
    EXPECT_EQ((*store)->recovery().torn, 0U);
    store->reset();
    expect_consistent(path);
    const Ledger ledger = read_ledger(path);
    for (const auto& [charge, acks] : acknowledged) {
      const auto row = ledger.find(charge);
      ASSERT_NE(row, ledger.end()) << "charge " << charge << " is missing";
      EXPECT_EQ(row->second.reserved, acks.front().amount);
      if (acks.size() == 2) {
        EXPECT_EQ(row->second.kind, acks.back().kind);
        EXPECT_EQ(row->second.prompt, acks.back().amount);
      } else if (row->second.kind == static_cast<std::int64_t>(ledger::EntryKind::expire)) {
        EXPECT_EQ(row->second.prompt, acks.front().amount);
      }
    }
    EXPECT_LE(ledger.size(), acknowledged.size() + 2 * round) << "at most one unacknowledged open a thread and kill";
  }
  EXPECT_GT(acknowledged.size(), 1000U);
}

// The model of the second way: what was written, in order, and how much of it a power loss may not touch.
class PowerLossTest : public StoreTest {
 protected:
  void SetUp() override { start_afresh(); }

  void start_afresh() {
    store_.reset();
    std::filesystem::remove_all(folder_ / "live");
    reopen(options_for(folder_ / "live/usage.db"));
    written_.clear();
    open_.clear();
    safe_ = 0;
  }

  SqliteOptions options_for(const std::string& path) {
    SqliteOptions some = options();
    some.path = path;
    return some;
  }

  void write(const ledger::Entry& entry) {
    if (!store_->append(entry)) return;
    written_.push_back(entry);
    if (entry.kind == ledger::EntryKind::open) open_.push_back(entry.charge);
  }

  void take_step(Rng& rng) {
    clock_.now_ms += static_cast<std::int64_t>(rng.below(1000));
    switch (rng.below(8)) {
      case 0:
        if (store_->sync_now()) safe_ = written_.size();
        break;
      case 1:
        if (store_->drain_now()) safe_ = written_.size();
        break;
      case 2:
        static_cast<void>(store_->extend_now());
        break;
      case 3:
      case 4:
        if (!open_.empty()) {
          const ChargeId charge = open_.front();
          open_.erase(open_.begin());
          const auto prompt = static_cast<std::int64_t>(rng.below(100));
          write(rng.below(3) == 0 ? release_entry(charge, clock_.wall())
                                  : settle_entry(charge, clock_.wall(), {prompt, 0, 0, 0}));
        }
        break;
      default:
        write(open_entry(store_->next_charge(), clock_.wall(), static_cast<std::int64_t>(rng.below(100)), {1, 2}));
    }
  }

  // The files of the store as they are now, into the folder "copy" beside them; the path of the copied database.
  std::string copy_files() {
    const std::string to = folder_ / "copy";
    std::filesystem::remove_all(to);
    std::filesystem::create_directories(to);
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "live")) {
      std::filesystem::copy(entry.path(), to + "/" + entry.path().filename().string(),
                            std::filesystem::copy_options::recursive);
    }
    return to + "/usage.db";
  }

  // Damages the copied record of written_[index] where it lies; false if it is not in the journal any more.
  static bool tear(const std::string& copy, std::size_t index, Rng& rng) {
    const auto number = static_cast<std::uint32_t>(index / 16 + 1);
    const std::string path = segment_path(copy + ".journal", number);
    if (!std::filesystem::exists(path)) return false;
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    const auto at = static_cast<std::streamoff>(128 + index % 16 * 128);
    std::array<char, 128> record{};
    file.seekg(at).read(record.data(), record.size());
    const bool lose_all = rng.below(3) == 0;
    // A part of it kept what the disk had before: zeros.
    const std::size_t from = lose_all ? 0 : rng.below(16) * 8;
    std::array<char, 128> torn = record;
    std::fill(torn.begin() + static_cast<std::ptrdiff_t>(from),
              lose_all ? torn.end() : torn.begin() + static_cast<std::ptrdiff_t>(from) + 8, '\0');
    file.seekp(at).write(torn.data(), torn.size());
    return torn != record;
  }

  // What recovery must find if the entries in `lost` are gone.
  static Ledger expected(const std::vector<ledger::Entry>& written, const std::vector<bool>& lost) {
    Ledger rows;
    for (std::size_t i = 0; i < written.size(); ++i) {
      const ledger::Entry& entry = written[i];
      if (lost[i]) continue;
      const auto charge = static_cast<std::uint64_t>(entry.charge);
      if (entry.kind == ledger::EntryKind::open) {
        rows[charge] = {static_cast<std::int64_t>(ledger::EntryKind::expire), entry.reserved_tokens,
                        entry.reserved_tokens};
      } else if (const auto row = rows.find(charge); row != rows.end()) {
        row->second.kind = static_cast<std::int64_t>(entry.kind);
        row->second.prompt = entry.usage.prompt;
      }
    }
    return rows;
  }

  std::vector<ledger::Entry> written_;
  std::vector<ChargeId> open_;
  std::size_t safe_ = 0;  // entries before this one are synced
};

bool operator==(const LedgerRow& a, const LedgerRow& b) {
  return a.kind == b.kind && a.reserved == b.reserved && a.prompt == b.prompt;
}

TEST_F(PowerLossTest, between_any_two_steps_all_that_was_synced_is_kept_and_torn_records_are_skipped) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Rng rng(seed);
    start_afresh();
    const auto steps = 20 + rng.below(150);
    for (std::uint64_t step = 0; step < steps; ++step) take_step(rng);

    const std::string copy = copy_files();
    std::vector<bool> lost(written_.size(), false);
    std::uint64_t torn = 0;
    for (std::size_t i = safe_; i < written_.size(); ++i) {
      if (rng.below(3) == 0 && tear(copy, i, rng)) {
        lost[i] = true;
        ++torn;
      }
    }
    auto recovered = SqliteStore::open(options_for(copy));
    ASSERT_TRUE(recovered) << recovered.error().message;
    EXPECT_LE((*recovered)->recovery().torn, torn);
    recovered->reset();
    EXPECT_TRUE(read_ledger(copy) == expected(written_, lost));
    expect_consistent(copy);
  }
}

TEST_F(PowerLossTest, only_what_was_not_drained_is_replayed) {
  for (int i = 0; i < 7; ++i) write(open_entry(store_->next_charge(), clock_.wall(), 10, {1}));
  ASSERT_TRUE(store_->extend_now());
  ASSERT_TRUE(store_->drain_now());
  for (int i = 0; i < 4; ++i) write(open_entry(store_->next_charge(), clock_.wall(), 10, {1}));
  const auto recovered = SqliteStore::open(options_for(copy_files()));
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ((*recovered)->recovery().replayed, 4U);
  EXPECT_EQ((*recovered)->recovery().expired, 11);
}

TEST_F(PowerLossTest, a_segment_that_ends_early_gives_what_is_wholly_there) {
  for (int i = 0; i < 6; ++i) write(open_entry(store_->next_charge(), clock_.wall(), 10, {1}));
  const std::string copy = copy_files();
  std::filesystem::resize_file(segment_path(copy + ".journal", 1), 128 + 4 * 128 + 50);
  const auto recovered = SqliteStore::open(options_for(copy));
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ((*recovered)->recovery().replayed, 4U);
  EXPECT_EQ((*recovered)->recovery().expired_tokens, 40);
}

TEST_F(PowerLossTest, a_segment_without_a_readable_header_stops_the_start_and_is_kept) {
  open();
  const std::string copy = copy_files();
  const std::string path = segment_path(copy + ".journal", 1);
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out).write("XXXXXXXX", 8);
  const auto store = SqliteStore::open(options_for(copy));
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("000001.seg"), std::string::npos) << store.error().message;
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(PowerLossTest, a_missing_segment_stops_the_start_and_is_named) {
  while (!std::filesystem::exists(segment_path((folder_ / "live/usage.db.journal"), 3))) {
    write(open_entry(store_->next_charge(), clock_.wall(), 10, {1}));
    ASSERT_TRUE(store_->extend_now());
  }
  const std::string copy = copy_files();
  std::filesystem::remove(segment_path(copy + ".journal", 2));
  const auto store = SqliteStore::open(options_for(copy));
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("000002.seg is missing"), std::string::npos) << store.error().message;
  EXPECT_TRUE(std::filesystem::exists(segment_path(copy + ".journal", 3)));
}

TEST_F(PowerLossTest, books_whose_journal_is_gone_open_and_say_so) {
  for (int i = 0; i < 3; ++i) settle(open(), {5, 0, 0, 0});
  ASSERT_TRUE(store_->drain_now());
  const std::string copy = copy_files();
  std::filesystem::remove_all(copy + ".journal");
  const auto store = SqliteStore::open(options_for(copy));
  ASSERT_TRUE(store) << store.error().message;
  EXPECT_TRUE((*store)->recovery().journal_missing);
  EXPECT_FALSE(store_->recovery().journal_missing) << "a new one is not missing";
}

TEST_F(PowerLossTest, a_recovery_that_fails_half_way_is_run_again_and_books_once) {
  for (int i = 0; i < 6; ++i) settle(open(), {5, 0, 0, 0});
  const std::string copy = copy_files();
  // Fails after the books were made, when the new journal cannot be allocated.
  disk_.allocate_error = ENOSPC;
  for (int attempt = 0; attempt < 2; ++attempt) EXPECT_FALSE(SqliteStore::open(options_for(copy)));
  disk_.allocate_error = 0;
  // Nor does a left-over segment that was booked before count again.
  std::filesystem::copy(segment_path(folder_ / "live/usage.db.journal", 1), copy + ".journal");
  const auto recovered = SqliteStore::open(options_for(copy));
  ASSERT_TRUE(recovered) << recovered.error().message;
  EXPECT_EQ((*recovered)->recovery().replayed, 0U);
  const auto totals = (*recovered)->totals();
  ASSERT_TRUE(totals);
  EXPECT_EQ(totals->front().prompt_tokens, 30);
  EXPECT_EQ(totals->front().requests, 6);
}

}  // namespace
}  // namespace ktl::storage::testing
