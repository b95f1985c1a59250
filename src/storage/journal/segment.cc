#include "storage/journal/segment.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "storage/journal/crc32c.h"

namespace ktl::storage {
namespace {

constexpr std::array<char, 8> kMagic{'K', 'T', 'L', 'J', 'R', 'N', 'L', '\n'};
constexpr std::uint32_t kVersion = 1;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t record_bytes;
  std::uint64_t journal_id;
  std::uint32_t number;
  std::uint32_t records;
  std::array<std::uint32_t, 23> spare;
  std::uint32_t checksum;  // of all before
};
static_assert(sizeof(Header) == sizeof(Record) && std::is_trivially_copyable_v<Header>);

std::uint32_t checksum_of(const Header& header) {
  return crc32c(&header, offsetof(Header, checksum));
}

tl::unexpected<Error> failed(std::string_view what, const std::string& path, int error) {
  const ErrorCode code = error == ENOSPC || error == EDQUOT ? ErrorCode::unavailable : ErrorCode::io;
  return fail(code, ErrorSource::storage, fmt::format("{} {}: {}", what, path, std::strerror(error)), Retry::yes);
}

// Removes the unfinished file and closes it, unless told that all went well.
struct Unfinished {
  const std::string& path;
  int fd;
  FileSystem& files;
  bool kept = false;
  ~Unfinished() {
    if (kept) return;
    ::close(fd);
    files.remove(path);
  }
};

}  // namespace

std::string segment_path(const std::string& directory, std::uint32_t number) {
  return fmt::format("{}/{:06}.seg", directory, number);
}

Result<std::shared_ptr<Segment>> Segment::create(const std::string& directory, std::uint64_t journal_id,
                                                 std::uint32_t number, std::uint32_t records, FileSystem& files) {
  const std::string path = segment_path(directory, number);
  const std::string unfinished_path = path + ".new";
  const int fd = files.create(unfinished_path);
  if (fd < 0) return failed("cannot create", unfinished_path, -fd);
  Unfinished file{unfinished_path, fd, files};

  const std::size_t bytes = sizeof(Header) + std::size_t{records} * sizeof(Record);
  if (const int error = files.allocate(fd, static_cast<std::int64_t>(bytes)); error != 0) {
    return failed("cannot allocate", unfinished_path, error);
  }
  Header header{kMagic, kVersion, sizeof(Record), journal_id, number, records, {}, 0};
  header.checksum = checksum_of(header);
  if (::pwrite(fd, &header, sizeof header, 0) != ssize_t{sizeof header}) {
    return failed("cannot write", unfinished_path, errno);
  }
  if (const int error = files.sync(fd); error != 0) return failed("cannot sync", unfinished_path, error);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  if (memory == MAP_FAILED) return failed("cannot map", unfinished_path, errno);
  if (const int error = files.rename(unfinished_path, path); error != 0) {
    ::munmap(memory, bytes);
    return failed("cannot rename", unfinished_path, error);
  }
  file.kept = true;
  std::shared_ptr<Segment> segment(new Segment(path, number, fd, memory, bytes, files));
  if (const int error = files.sync_directory(directory); error != 0) {
    files.remove(path);
    return failed("cannot sync", directory, error);
  }
  return segment;
}

Segment::Segment(std::string path, std::uint32_t number, int fd, void* memory, std::size_t bytes, FileSystem& files)
    : path_(std::move(path)),
      number_(number),
      fd_(fd),
      memory_(memory),
      bytes_(bytes),
      slots_(reinterpret_cast<Record*>(static_cast<char*>(memory) + sizeof(Header))),
      files_(files) {}

Segment::~Segment() {
  ::munmap(memory_, bytes_);
  ::close(fd_);
}

Result<OldSegment> load_segment(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Header header{};
  if (!file.read(reinterpret_cast<char*>(&header), sizeof header)) {
    return fail(ErrorCode::io, ErrorSource::storage, fmt::format("journal segment {} has no header", path));
  }
  if (header.magic != kMagic || header.checksum != checksum_of(header)) {
    return fail(ErrorCode::io, ErrorSource::storage, fmt::format("journal segment {} is damaged in its header", path));
  }
  if (header.version != kVersion || header.record_bytes != sizeof(Record)) {
    return fail(ErrorCode::conflict, ErrorSource::storage,
                fmt::format("journal segment {} has format {}, this program knows {}: use a newer program", path,
                            header.version, kVersion));
  }
  OldSegment old{header.journal_id, header.number, header.records, {}};
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (error) return failed("cannot read", path, error.value());
  const std::uintmax_t there = (size - sizeof(Header)) / sizeof(Record);
  old.records.resize(static_cast<std::size_t>(std::min<std::uintmax_t>(header.records, there)));
  const auto bytes = static_cast<std::streamsize>(old.records.size() * sizeof(Record));
  if (!file.read(reinterpret_cast<char*>(old.records.data()), bytes)) return failed("cannot read", path, EIO);
  return old;
}

Result<std::vector<std::uint32_t>> list_segments(const std::string& directory) {
  std::vector<std::uint32_t> numbers;
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return numbers;
  std::vector<std::filesystem::path> unfinished;
  std::filesystem::directory_iterator entries(directory, error);
  if (error) return failed("cannot read", directory, error.value());
  for (const auto& entry : entries) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".seg.new")) unfinished.push_back(entry.path());
    if (!name.ends_with(".seg")) continue;
    std::uint32_t number = 0;
    const char* end = name.data() + name.size() - 4;
    const auto [at, code] = std::from_chars(name.data(), end, number);
    if (code == std::errc() && at == end) numbers.push_back(number);
  }
  for (const auto& path : unfinished) std::filesystem::remove(path, error);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace ktl::storage
