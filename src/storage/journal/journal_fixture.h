#pragma once
// What the tests of stores share: a folder that goes away, a clock and a disk in the test's hands, entries by the word.
#include <stdlib.h>

#include <atomic>
#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <string>

#include "base/clock.h"
#include "ledger/entry.h"
#include "storage/journal/file_system.h"

namespace ktl::storage::testing {

class TempFolder {
 public:
  TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "ktl-store-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

class TestClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Millis(now_ms.load())); }
  MonoTime mono() const override { return MonoTime(Millis(now_ms.load())); }
  std::atomic<std::int64_t> now_ms{1'800'000'000'000};
};

// The real disk until told otherwise.
class TestDisk final : public RealFileSystem {
 public:
  int allocate(int fd, std::int64_t bytes) override {
    return allocate_error != 0 ? allocate_error.load() : RealFileSystem::allocate(fd, bytes);
  }
  int sync(int fd) override { return sync_error != 0 ? sync_error.load() : RealFileSystem::sync(fd); }
  std::atomic<int> allocate_error{0};
  std::atomic<int> sync_error{0};
};

inline ledger::Entry open_entry(ChargeId charge, WallTime at, std::int64_t reserved,
                                std::initializer_list<unsigned> scopes) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::open;
  entry.charge = charge;
  entry.at = at;
  entry.reserved_tokens = reserved;
  for (const unsigned scope : scopes) entry.scopes[entry.scope_count++] = static_cast<ScopeId>(scope);
  return entry;
}

inline ledger::Entry settle_entry(ChargeId charge, WallTime at, TokenUsage usage) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::settle;
  entry.outcome = ledger::Outcome::ok;
  entry.charge = charge;
  entry.at = at;
  entry.usage = usage;
  return entry;
}

inline ledger::Entry release_entry(ChargeId charge, WallTime at) {
  ledger::Entry entry;
  entry.kind = ledger::EntryKind::release;
  entry.outcome = ledger::Outcome::engine_failed;
  entry.charge = charge;
  entry.at = at;
  return entry;
}

}  // namespace ktl::storage::testing
