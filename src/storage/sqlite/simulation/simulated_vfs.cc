#include "storage/sqlite/simulation/simulated_vfs.h"

#include <cstring>
#include <filesystem>
#include <new>

#include "base/check.h"

namespace ktl::storage::testing {
namespace {

// SQLite allocates szOsFile bytes: this, and behind it the real VFS's file.
struct ShimFile {
  sqlite3_file base;
  sqlite3_file* real;
  SimulatedDisk* disk;
  SimulatedDisk::File* file;  // nullptr: a temporary file, not simulated
  std::shared_ptr<SimulatedDisk::File>* owner;
  std::string* folder_to_sync;  // of a journal: its first sync makes its name safe, as SQLite's does
};

constexpr std::size_t kRealAt = (sizeof(ShimFile) + 15) / 16 * 16;

ShimFile& shim_of(sqlite3_file* file) {
  return *reinterpret_cast<ShimFile*>(file);
}

sqlite3_vfs* real_vfs() {
  return sqlite3_vfs_find("unix");
}

SimulatedDisk& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<SimulatedDisk*>(vfs->pAppData);
}

// SQLite's code for `fault` at an operation whose own I/O error is `io`; `busy` and `full` where it knows them.
int code_of(Fault fault, int io, bool writes, bool locks) {
  if (fault == Fault::none) return SQLITE_OK;
  if (fault == Fault::full && writes) return SQLITE_FULL;
  if (fault == Fault::read_only && writes) return SQLITE_READONLY;
  if (fault == Fault::busy && locks) return SQLITE_BUSY;
  return io;
}

int close_file(sqlite3_file* base) {
  ShimFile& shim = shim_of(base);
  const int code = shim.real->pMethods != nullptr ? shim.real->pMethods->xClose(shim.real) : SQLITE_OK;
  delete shim.owner;
  delete shim.folder_to_sync;
  return code;
}

int read_bytes(sqlite3_file* base, void* to, int size, sqlite3_int64 at) {
  ShimFile& shim = shim_of(base);
  if (const int code = code_of(shim.disk->begin_call(), SQLITE_IOERR_READ, false, false); code != 0) return code;
  return shim.real->pMethods->xRead(shim.real, to, size, at);
}

int write_bytes(sqlite3_file* base, const void* from, int size, sqlite3_int64 at) {
  ShimFile& shim = shim_of(base);
  const bool was_dead = shim.disk->dead();
  const Fault fault = shim.disk->begin_call();
  const auto* bytes = static_cast<const char*>(from);
  if (fault == Fault::dead && !was_dead && shim.file != nullptr) {  // it died in the middle of this write
    const auto part = static_cast<int>(shim.disk->random_below(static_cast<std::uint64_t>(size) + 1));
    if (part > 0) shim.real->pMethods->xWrite(shim.real, from, part, at);
    shim.disk->wrote(*shim.file, at, std::string(bytes, static_cast<std::size_t>(size)));
  }
  if (const int code = code_of(fault, SQLITE_IOERR_WRITE, true, false); code != 0) return code;
  const int code = shim.real->pMethods->xWrite(shim.real, from, size, at);
  if (code == SQLITE_OK && shim.file != nullptr) {
    shim.disk->wrote(*shim.file, at, std::string(bytes, static_cast<std::size_t>(size)));
  }
  return code;
}

int truncate_file(sqlite3_file* base, sqlite3_int64 size) {
  ShimFile& shim = shim_of(base);
  if (const int code = code_of(shim.disk->begin_call(), SQLITE_IOERR_TRUNCATE, true, false); code != 0) return code;
  const int code = shim.real->pMethods->xTruncate(shim.real, size);
  if (code == SQLITE_OK && shim.file != nullptr) shim.disk->truncated(*shim.file, size);
  return code;
}

int sync_file(sqlite3_file* base, int) {
  ShimFile& shim = shim_of(base);
  if (const int code = code_of(shim.disk->begin_call(), SQLITE_IOERR_FSYNC, false, false); code != 0) return code;
  if (shim.file == nullptr) return SQLITE_OK;
  shim.disk->synced(*shim.file);
  if (shim.folder_to_sync != nullptr) {
    shim.disk->synced_names(*shim.folder_to_sync);
    delete shim.folder_to_sync;
    shim.folder_to_sync = nullptr;
  }
  return SQLITE_OK;
}

int file_size(sqlite3_file* base, sqlite3_int64* size) {
  ShimFile& shim = shim_of(base);
  if (const int code = code_of(shim.disk->begin_call(), SQLITE_IOERR_FSTAT, false, false); code != 0) return code;
  return shim.real->pMethods->xFileSize(shim.real, size);
}

int lock_file(sqlite3_file* base, int level) {
  ShimFile& shim = shim_of(base);
  if (const int code = code_of(shim.disk->begin_call(), SQLITE_IOERR_LOCK, false, true); code != 0) return code;
  return shim.real->pMethods->xLock(shim.real, level);
}

int unlock_file(sqlite3_file* base, int level) {
  ShimFile& shim = shim_of(base);
  return shim.real->pMethods->xUnlock(shim.real, level);
}

int check_lock(sqlite3_file* base, int* out) {
  ShimFile& shim = shim_of(base);
  return shim.real->pMethods->xCheckReservedLock(shim.real, out);
}

int control(sqlite3_file* base, int what, void* argument) {
  ShimFile& shim = shim_of(base);
  return shim.real->pMethods->xFileControl(shim.real, what, argument);
}

int sector_size(sqlite3_file* base) {
  ShimFile& shim = shim_of(base);
  return shim.real->pMethods->xSectorSize(shim.real);
}

int characteristics(sqlite3_file* base) {
  ShimFile& shim = shim_of(base);
  return shim.real->pMethods->xDeviceCharacteristics(shim.real);
}

int shm_map(sqlite3_file* base, int page, int size, int extend, void volatile** memory) {
  ShimFile& shim = shim_of(base);
  if (const int code = code_of(shim.disk->begin_call(), SQLITE_IOERR_SHMMAP, false, false); code != 0) return code;
  return shim.real->pMethods->xShmMap(shim.real, page, size, extend, memory);
}

int shm_lock(sqlite3_file* base, int offset, int count, int flags) {
  ShimFile& shim = shim_of(base);
  if ((flags & SQLITE_SHM_LOCK) != 0) {
    if (const int code = code_of(shim.disk->begin_call(), SQLITE_IOERR_SHMLOCK, false, true); code != 0) return code;
  }
  return shim.real->pMethods->xShmLock(shim.real, offset, count, flags);
}

void shm_barrier(sqlite3_file* base) {
  ShimFile& shim = shim_of(base);
  shim.real->pMethods->xShmBarrier(shim.real);
}

int shm_unmap(sqlite3_file* base, int remove) {
  ShimFile& shim = shim_of(base);
  return shim.real->pMethods->xShmUnmap(shim.real, shim.disk->dead() ? 0 : remove);
}

constexpr sqlite3_io_methods kMethods{2,           close_file,  read_bytes,      write_bytes, truncate_file,
                                      sync_file,   file_size,   lock_file,       unlock_file, check_lock,
                                      control,     sector_size, characteristics, shm_map,     shm_lock,
                                      shm_barrier, shm_unmap,   nullptr,         nullptr};

int open_file(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out_flags) {
  ShimFile& shim = *new (base) ShimFile{};
  const Fault fault = disk_of(vfs).begin_call();
  if (fault == Fault::read_only && (flags & SQLITE_OPEN_READWRITE) != 0) {
    flags = (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) | SQLITE_OPEN_READONLY;
  } else if (fault != Fault::none) {
    return SQLITE_CANTOPEN;
  }
  shim.real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(base) + kRealAt);
  shim.disk = &disk_of(vfs);
  std::error_code ignored;
  const bool is_new = name != nullptr && !std::filesystem::exists(name, ignored);
  std::shared_ptr<SimulatedDisk::File> file;
  if (name != nullptr && !is_new) file = shim.disk->opened(name);
  const int code = real_vfs()->xOpen(real_vfs(), name, shim.real, flags, out_flags);
  if (code != SQLITE_OK) {
    if (shim.real->pMethods != nullptr) shim.real->pMethods->xClose(shim.real);
    return code;
  }
  if (is_new) file = shim.disk->created(name);
  shim.base.pMethods = &kMethods;
  if (file != nullptr) {
    shim.file = file.get();
    shim.owner = new std::shared_ptr<SimulatedDisk::File>(file);
  }
  // As the machine's VFS does, also for a file that is there: who created it may have been killed before the sync.
  if ((flags & SQLITE_OPEN_CREATE) != 0 && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
    shim.folder_to_sync = new std::string(std::filesystem::path(name).parent_path().string());
  }
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  SimulatedDisk& disk = disk_of(vfs);
  if (const int code = code_of(disk.begin_call(), SQLITE_IOERR_DELETE, false, false); code != 0) return code;
  const int code = real_vfs()->xDelete(real_vfs(), name, 0);
  if (code != SQLITE_OK) return code;
  disk.removed(name);
  if (sync_folder != 0) disk.synced_names(std::filesystem::path(name).parent_path().string());
  return SQLITE_OK;
}

int access_file(sqlite3_vfs* vfs, const char* name, int flags, int* out) {
  if (const int code = code_of(disk_of(vfs).begin_call(), SQLITE_IOERR_ACCESS, false, false); code != 0) return code;
  return real_vfs()->xAccess(real_vfs(), name, flags, out);
}

// Waiting for a lock takes no time here.
int no_sleep(sqlite3_vfs*, int microseconds) {
  return microseconds;
}

}  // namespace

SimulatedVfs::SimulatedVfs(SimulatedDisk& disk) : vfs_(*real_vfs()) {
  vfs_.pNext = nullptr;
  vfs_.zName = kName;
  vfs_.pAppData = &disk;
  vfs_.szOsFile += static_cast<int>(kRealAt);
  vfs_.xOpen = open_file;
  vfs_.xDelete = delete_file;
  vfs_.xAccess = access_file;
  vfs_.xSleep = no_sleep;
  KTL_CHECK(sqlite3_vfs_register(&vfs_, 1) == SQLITE_OK, "the VFS can be registered");
}

SimulatedVfs::~SimulatedVfs() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_vfs(), 1);
}

}  // namespace ktl::storage::testing
