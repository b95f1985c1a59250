#include "storage/series/series_file.h"

#include <fmt/format.h>

#include <filesystem>

namespace ktl::storage {
namespace {

constexpr std::int64_t kSchema = 1;
constexpr std::int64_t kApplication = 0x6B746C73;  // "ktls"
constexpr Millis kBusy{5'000};
constexpr const char* kTables = R"(
  CREATE TABLE name (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit INTEGER NOT NULL, kind INTEGER NOT NULL);
  CREATE TABLE bucket (step INTEGER NOT NULL, start INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (step, start))
    WITHOUT ROWID;
)";

std::int64_t ms(WallTime at) {
  return at.time_since_epoch().count();
}

std::span<const unsigned char> bytes_of(const std::string& text) {
  return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

std::string text_of(std::span<const unsigned char> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Out of the way, but not lost. The write-ahead log belongs to the file.
void put_aside(const std::string& path) {
  std::error_code ignored;
  for (const char* part : {"", "-wal", "-shm"}) std::filesystem::rename(path + part, path + ".broken" + part, ignored);
}

}  // namespace

Result<std::unique_ptr<SeriesFile>> SeriesFile::open(const std::string& path) {
  auto file = open_as_it_is(path);
  if (file || file.error().code != ErrorCode::io) return file;
  put_aside(path);
  return open_as_it_is(path);
}

Result<std::unique_ptr<SeriesFile>> SeriesFile::open_as_it_is(const std::string& path) {
  auto database = Database::open(path, Access::read_write, kBusy);
  if (!database) return tl::unexpected(database.error());
  std::unique_ptr<SeriesFile> file(new SeriesFile(std::move(*database)));
  if (auto done = file->set_up(); !done) return tl::unexpected(done.error());
  return file;
}

Result<void> SeriesFile::set_up() {
  if (auto done = database_.execute("PRAGMA synchronous = NORMAL"); !done) return done;
  const auto application = database_.query_integer("PRAGMA application_id");
  if (!application) return tl::unexpected(application.error());
  const auto schema = database_.query_integer("PRAGMA user_version");
  if (!schema) return tl::unexpected(schema.error());
  if (*application == kApplication && *schema > kSchema)
    return fail(ErrorCode::conflict, ErrorSource::storage, "the history was written by a newer program");
  if (*application != kApplication) {
    const auto tables = database_.query_integer("SELECT count(*) FROM sqlite_schema");
    if (!tables) return tl::unexpected(tables.error());
    if (*tables > 0) return fail(ErrorCode::io, ErrorSource::storage, "the history is a file of another program");
    auto done = database_.execute(
        fmt::format("BEGIN IMMEDIATE; {} PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT", kTables,
                    kApplication, kSchema));
    if (!done) return done;
  }
  const std::pair<Statement*, std::string_view> statements[] = {
      {&names_, "SELECT name, unit, kind FROM name ORDER BY number"},
      {&add_name_, "INSERT INTO name (number, name, unit, kind) SELECT count(*), ?, ?, ? FROM name"},
      {&load_, "SELECT content FROM bucket WHERE step = ? AND start = ?"},
      {&range_, "SELECT start, content FROM bucket WHERE step = ? AND start >= ? AND start < ? ORDER BY start"},
      {&store_, "INSERT OR REPLACE INTO bucket (step, start, content) VALUES (?, ?, ?)"},
      {&forget_, "DELETE FROM bucket WHERE step = ? AND start < ?"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return tl::unexpected(prepared.error());
    *statement = std::move(*prepared);
  }
  return {};
}

Result<std::vector<series::Named>> SeriesFile::names() {
  std::vector<series::Named> names;
  for (;;) {
    const auto row = names_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return names;
    names.push_back(
        {names_.text(0), static_cast<series::Unit>(names_.integer(1)), static_cast<std::uint8_t>(names_.integer(2))});
  }
}

Result<std::string> SeriesFile::load(Millis step, WallTime start) {
  const auto row = load_.bind(step.count()).bind(ms(start)).step();
  if (!row) return tl::unexpected(row.error());
  std::string content = *row ? text_of(load_.blob(0)) : std::string();
  load_.reset();
  return content;
}

Result<std::vector<series::Row>> SeriesFile::range(Millis step, WallTime from, WallTime to) {
  std::vector<series::Row> rows;
  range_.bind(step.count()).bind(ms(from)).bind(ms(to));
  for (;;) {
    const auto row = range_.step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return rows;
    rows.push_back({step, WallTime(Millis(range_.integer(0))), text_of(range_.blob(1))});
  }
}

Result<void> SeriesFile::write(const Batch& batch) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return tl::unexpected(transaction.error());
  for (const series::Named& named : batch.names) {
    add_name_.bind(std::string_view(named.name)).bind(static_cast<std::int64_t>(named.unit));
    if (auto done = add_name_.bind(std::int64_t{named.kind}).run(); !done) return done;
  }
  for (const series::Row& row : batch.rows) {
    store_.bind(row.step.count()).bind(ms(row.start)).bind_blob(bytes_of(row.bucket));
    if (auto done = store_.run(); !done) return done;
  }
  for (const auto& [step, before] : batch.forget)
    if (auto done = forget_.bind(step.count()).bind(ms(before)).run(); !done) return done;
  return transaction->commit();
}

}  // namespace ktl::storage
