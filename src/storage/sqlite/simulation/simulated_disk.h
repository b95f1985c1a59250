#pragma once
// A disk in the test's hands, under the journal (as its FileSystem) and under SQLite (through simulated_vfs.h). The
// files are real ones in one folder; beside them it keeps what of each a power loss could not take any more.
//
// Calls are counted. From a chosen call on the machine is dead: nothing changes any more, everything fails. Then either
// the process alone was killed (the files stay as they are) or the power was lost (lose_power). Or chosen calls fail
// and the machine lives on. Single-threaded; sleeps and syncs cost no time.
//
// Model of a power loss: bytes outside of what was written since the last sync are never touched. Of what was written,
// each 512-byte sector is there, or as before, or (seldom) torn in 8-byte words, whatever the order of the writes. A
// name that was created, renamed or removed is as now or as before, until its folder was synced.
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "storage/journal/file_system.h"

namespace ktl::storage::testing {

enum class Fault { none, io, full, busy, read_only, dead };

// Promises that the disk breaks when told to: canaries, which the auditor must find.
enum class Lie { none, journal_sync, sqlite_sync, directory_sync };

class SimulatedDisk final : public FileSystem {
 public:
  SimulatedDisk(std::string folder, std::uint64_t seed) : folder_(std::move(folder)), rng_(seed) {}

  // How to behave from now on. Call numbers count from 1, over the disk's whole life.
  void die_at(std::uint64_t call) { die_at_ = call; }
  void fail_calls(std::uint64_t first, std::uint64_t count, Fault fault);
  void die() { dead_ = true; }
  void behave();  // alive, nothing fails
  void lie(Lie lie) { lie_ = lie; }

  bool dead() const { return dead_; }
  std::uint64_t calls() const { return calls_; }
  std::uint64_t failed_calls() const { return failed_; }

  // The power is gone, and back: the folder holds what the disk may have kept. Everything must be closed.
  void lose_power();

  // FileSystem
  int create(const std::string& path) override;
  int allocate(int fd, std::int64_t bytes) override;
  int sync(int fd) override;
  int rename(const std::string& from, const std::string& to) override;
  int remove(const std::string& path) override;
  int make_directory(const std::string& path) override;
  int sync_directory(const std::string& path) override;

  // For the VFS: a call begins (may it?), and what it did.
  struct File;
  Fault begin_call();
  std::shared_ptr<File> opened(const std::string& path);   // that is there
  std::shared_ptr<File> created(const std::string& path);  // that was not there
  void wrote(File& file, std::int64_t at, std::string bytes);
  void truncated(File& file, std::int64_t size);
  void synced(File& file);
  void removed(const std::string& path) { names_.erase(path); }
  void synced_names(const std::string& directory);
  std::uint64_t random_below(std::uint64_t bound) { return rng_.below(bound); }

 private:
  using Names = std::map<std::string, std::shared_ptr<File>>;

  int errno_of(Fault fault) const;
  void forget_removed();
  Names surviving_names(bool keep_none, bool keep_all);
  std::string surviving_bytes(const std::string& path, const File& file, bool keep_none, bool keep_all);
  void write_sectors(std::string& content, std::size_t at, const std::string& bytes, bool tear);
  void put_back(const Names& names, const std::map<std::string, std::string>& contents);

  const std::string folder_;
  RealFileSystem real_;
  Rng rng_;
  std::uint64_t calls_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t die_at_ = 0;
  std::uint64_t fail_first_ = 0;
  std::uint64_t fail_count_ = 0;
  Fault fault_ = Fault::none;
  Lie lie_ = Lie::none;
  bool dead_ = false;
  Names names_;       // as any process sees them
  Names safe_names_;  // as after a power loss at the latest
  std::map<int, std::shared_ptr<File>> by_descriptor_;
};

// One file, by whatever name.
struct SimulatedDisk::File {
  struct Change {
    std::int64_t at;
    std::string bytes;
    bool truncates;
  };
  bool directory = false;
  bool mapped = false;  // written through memory: its changes are the difference to what is safe
  std::string safe;     // as of the last sync
  std::vector<Change> changes;
};

}  // namespace ktl::storage::testing
