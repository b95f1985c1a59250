#include "storage/sqlite/simulation/simulated_disk.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ktl::storage::testing {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kWord = 8;

std::string parent_of(const std::string& path) {
  return std::filesystem::path(path).parent_path().lexically_normal().string();
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string read_descriptor(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) != 0) return {};
  std::string content(static_cast<std::size_t>(about.st_size), '\0');
  const ssize_t got = ::pread(fd, content.data(), content.size(), 0);
  content.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return content;
}

void apply(std::string& content, const SimulatedDisk::File::Change& change) {
  const auto at = static_cast<std::size_t>(change.at);
  if (change.truncates) {
    content.resize(at, '\0');
    return;
  }
  if (content.size() < at + change.bytes.size()) content.resize(at + change.bytes.size(), '\0');
  content.replace(at, change.bytes.size(), change.bytes);
}

}  // namespace

void SimulatedDisk::fail_calls(std::uint64_t first, std::uint64_t count, Fault fault) {
  fail_first_ = first;
  fail_count_ = count;
  fault_ = fault;
}

void SimulatedDisk::behave() {
  dead_ = false;
  die_at_ = 0;
  fault_ = Fault::none;
  by_descriptor_.clear();
}

Fault SimulatedDisk::begin_call() {
  ++calls_;
  if (die_at_ != 0 && calls_ >= die_at_) dead_ = true;
  if (dead_) return Fault::dead;
  if (fault_ == Fault::none || calls_ < fail_first_ || calls_ - fail_first_ >= fail_count_) return Fault::none;
  ++failed_;
  return fault_;
}

int SimulatedDisk::errno_of(Fault fault) const {
  switch (fault) {
    case Fault::none:
      return 0;
    case Fault::full:
      return ENOSPC;
    case Fault::read_only:
      return EROFS;
    case Fault::busy:
      return EBUSY;
    case Fault::io:
    case Fault::dead:
      return EIO;
  }
  return EIO;
}

int SimulatedDisk::create(const std::string& path) {
  if (const int error = errno_of(begin_call()); error != 0) return -error;
  const int fd = real_.create(path);
  if (fd < 0) return fd;
  auto file = std::make_shared<File>();
  file->mapped = true;
  names_[path] = file;
  by_descriptor_[fd] = file;
  return fd;
}

int SimulatedDisk::allocate(int fd, std::int64_t bytes) {
  if (const int error = errno_of(begin_call()); error != 0) return error;
  return ::ftruncate(fd, bytes) == 0 ? 0 : errno;
}

int SimulatedDisk::sync(int fd) {
  if (const int error = errno_of(begin_call()); error != 0) return error;
  if (lie_ != Lie::journal_sync) by_descriptor_.at(fd)->safe = read_descriptor(fd);
  return 0;
}

int SimulatedDisk::rename(const std::string& from, const std::string& to) {
  if (const int error = errno_of(begin_call()); error != 0) return error;
  if (const int error = real_.rename(from, to); error != 0) return error;
  names_[to] = names_.at(from);
  names_.erase(from);
  return 0;
}

int SimulatedDisk::remove(const std::string& path) {
  if (const int error = errno_of(begin_call()); error != 0) return error;
  removed(path);
  return real_.remove(path);
}

int SimulatedDisk::make_directory(const std::string& path) {
  if (const int error = errno_of(begin_call()); error != 0) return error;
  if (const int error = real_.make_directory(path); error != 0) return error;
  auto file = std::make_shared<File>();
  file->directory = true;
  names_.emplace(path, std::move(file));
  return 0;
}

int SimulatedDisk::sync_directory(const std::string& path) {
  if (const int error = errno_of(begin_call()); error != 0) return error;
  synced_names(path);
  return 0;
}

std::shared_ptr<SimulatedDisk::File> SimulatedDisk::opened(const std::string& path) {
  auto& file = names_[path];
  if (file != nullptr) return file;
  file = std::make_shared<File>();  // from before the disk was told of anything
  file->safe = read_file(path);
  safe_names_[path] = file;
  return file;
}

std::shared_ptr<SimulatedDisk::File> SimulatedDisk::created(const std::string& path) {
  auto file = std::make_shared<File>();
  names_[path] = file;
  return file;
}

void SimulatedDisk::wrote(File& file, std::int64_t at, std::string bytes) {
  file.changes.push_back({at, std::move(bytes), false});
}

void SimulatedDisk::truncated(File& file, std::int64_t size) {
  file.changes.push_back({size, {}, true});
}

void SimulatedDisk::synced(File& file) {
  if (lie_ == Lie::sqlite_sync) return;
  for (const File::Change& change : file.changes) apply(file.safe, change);
  file.changes.clear();
}

void SimulatedDisk::synced_names(const std::string& directory) {
  if (lie_ == Lie::directory_sync) return;
  forget_removed();
  const std::string wanted = std::filesystem::path(directory).lexically_normal().string();
  std::erase_if(safe_names_, [&](const auto& name) { return parent_of(name.first) == wanted; });
  for (const auto& [path, file] : names_) {
    if (parent_of(path) == wanted) safe_names_[path] = file;
  }
}

// What was removed past this disk (recovery removes what it has booked).
void SimulatedDisk::forget_removed() {
  std::erase_if(names_, [](const auto& name) { return !std::filesystem::exists(name.first); });
}

void SimulatedDisk::lose_power() {
  forget_removed();
  const std::uint64_t style = rng_.below(8);
  const bool keep_none = style == 0;
  const bool keep_all = style == 1;
  const Names names = surviving_names(keep_none, keep_all);
  std::map<std::string, std::string> contents;
  for (const auto& [path, file] : names) contents[path] = surviving_bytes(path, *file, keep_none, keep_all);
  put_back(names, contents);
  names_.clear();
  for (const auto& [path, file] : names) {
    auto fresh = std::make_shared<File>();
    fresh->directory = file->directory;
    fresh->mapped = file->mapped;
    fresh->safe = contents[path];
    names_[path] = fresh;
  }
  safe_names_ = names_;
}

SimulatedDisk::Names SimulatedDisk::surviving_names(bool keep_none, bool keep_all) {
  Names all = names_;
  all.insert(safe_names_.begin(), safe_names_.end());
  Names surviving;
  for (const auto& [path, unused] : all) {
    const auto now = names_.find(path);
    const auto safe = safe_names_.find(path);
    const bool as_now = !keep_none && (keep_all || rng_.below(2) == 0);
    const auto& chosen =
        as_now ? (now == names_.end() ? nullptr : now->second) : (safe == safe_names_.end() ? nullptr : safe->second);
    const std::string folder = parent_of(path);  // comes before what it holds
    if (chosen != nullptr && (folder == folder_ || surviving.contains(folder))) surviving[path] = chosen;
  }
  return surviving;
}

std::string SimulatedDisk::surviving_bytes(const std::string& path, const File& file, bool keep_none, bool keep_all) {
  std::string content = file.safe;
  if (keep_none || file.directory) return content;
  const bool tear = rng_.below(2) == 0;
  if (file.mapped) {
    const auto now = names_.find(path);
    if (now == names_.end() || now->second.get() != &file) return content;  // removed meanwhile
    const std::string current = read_file(path);
    if (keep_all) return current;
    content.resize(std::max(content.size(), current.size()), '\0');
    write_sectors(content, 0, current, tear);
    return content;
  }
  // In order up to some change, and after that only parts.
  const std::uint64_t whole = keep_all ? file.changes.size() : rng_.below(file.changes.size() + 1);
  for (std::size_t i = 0; i < file.changes.size(); ++i) {
    const File::Change& change = file.changes[i];
    if (i < whole || (change.truncates && rng_.below(2) == 0)) {
      apply(content, change);
    } else if (!change.truncates && rng_.below(2) == 0) {
      write_sectors(content, static_cast<std::size_t>(change.at), change.bytes, tear);
    }
  }
  return content;
}

// Some of the sectors that `bytes` at `at` touch, if torn some of their words.
void SimulatedDisk::write_sectors(std::string& content, std::size_t at, const std::string& bytes, bool tear) {
  const std::size_t end = at + bytes.size();
  for (std::size_t begin = at; begin < end;) {
    const std::size_t next = std::min(end, (begin / kSector + 1) * kSector);
    const std::uint64_t kind = rng_.below(tear ? 3 : 2);
    for (std::size_t word = begin; kind > 0 && word < next;) {
      const std::size_t word_end = std::min(next, (word / kWord + 1) * kWord);
      if (kind == 1 || rng_.below(2) == 0) {
        if (content.size() < word_end) content.resize(word_end, '\0');
        content.replace(word, word_end - word, bytes, word - at, word_end - word);
      }
      word = word_end;
    }
    begin = next;
  }
}

void SimulatedDisk::put_back(const Names& names, const std::map<std::string, std::string>& contents) {
  const bool had_index = std::filesystem::exists(folder_ + "/usage.db-shm");
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) std::filesystem::remove_all(entry.path());
  for (const auto& [path, file] : names) {
    if (file->directory) {
      std::filesystem::create_directory(path);
    } else {
      std::ofstream(path, std::ios::binary) << contents.at(path);
    }
  }
  // The index of the write-ahead log is memory that nobody syncs: it may hold anything afterwards.
  if (!had_index || rng_.below(2) == 0) return;
  std::string garbage(32768, '\0');
  for (char& byte : garbage) byte = static_cast<char>(rng_.below(256));
  std::ofstream(folder_ + "/usage.db-shm", std::ios::binary) << garbage;
}

}  // namespace ktl::storage::testing
