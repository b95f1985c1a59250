#pragma once
// One file of the journal: a header and a fixed number of record slots, allocated whole before its first use, so that
// writing a record can neither fail nor wait.
//
// A segment appears under its final name only when it is complete on the disk (written as *.new, synced, renamed).
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/journal/file_system.h"
#include "storage/journal/record.h"

namespace ktl::storage {

// "<directory>/000001.seg"
std::string segment_path(const std::string& directory, std::uint32_t number);

// A segment that is being written: mapped, shared with the page cache. Slots may be written from any thread.
class Segment {
 public:
  // Creates the file. On failure nothing is left behind. Blocks on the disk.
  static Result<std::shared_ptr<Segment>> create(const std::string& directory, std::uint64_t journal_id,
                                                 std::uint32_t number, std::uint32_t records, FileSystem& files);
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  Record& slot(std::uint32_t index) { return slots_[index]; }
  std::uint64_t commit_of(std::uint32_t index) const { return commit_word(number_, index); }
  const std::string& path() const { return path_; }
  int sync() { return files_.sync(fd_); }  // 0 or errno; blocks

 private:
  Segment(std::string path, std::uint32_t number, int fd, void* memory, std::size_t bytes, FileSystem& files);

  std::string path_;
  std::uint32_t number_;
  int fd_;
  void* memory_;
  std::size_t bytes_;
  Record* slots_;
  FileSystem& files_;
};

// A segment that was left by an earlier run. A file that ends early has the records that are wholly there.
struct OldSegment {
  std::uint64_t journal_id = 0;
  std::uint32_t number = 0;
  std::uint32_t capacity = 0;
  std::vector<Record> records;
};
Result<OldSegment> load_segment(const std::string& path);

// The numbers of all segments in `directory`, ascending; removes unfinished *.new files. No directory: empty.
Result<std::vector<std::uint32_t>> list_segments(const std::string& directory);

}  // namespace ktl::storage
