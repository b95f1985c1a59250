#pragma once
// SQLite's files on a SimulatedDisk: a VFS over the machine's own one, which really opens, locks and writes the files.
// While it lives it is this process's default, so that the program under test needs no word of it.
#include <sqlite3.h>

#include "storage/sqlite/simulation/simulated_disk.h"

namespace ktl::storage::testing {

class SimulatedVfs {
 public:
  static constexpr const char* kName = "simulated";

  explicit SimulatedVfs(SimulatedDisk& disk);
  ~SimulatedVfs();
  SimulatedVfs(const SimulatedVfs&) = delete;
  SimulatedVfs& operator=(const SimulatedVfs&) = delete;

 private:
  sqlite3_vfs vfs_;
};

}  // namespace ktl::storage::testing
