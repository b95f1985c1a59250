#include "storage/sqlite/database.h"

#include <fmt/format.h>

namespace ktl::storage {
namespace {

Error error_of(sqlite3* database, int code) {
  const bool passing = (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED || (code & 0xFF) == SQLITE_FULL ||
                       (code & 0xFF) == SQLITE_IOERR || (code & 0xFF) == SQLITE_READONLY;
  const ErrorCode kind = (code & 0xFF) == SQLITE_CONSTRAINT ? ErrorCode::conflict
                         : passing                          ? ErrorCode::unavailable
                                                            : ErrorCode::io;
  const char* words = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  return {kind, ErrorSource::storage, passing ? Retry::yes : Retry::no, fmt::format("sqlite: {} ({})", words, code)};
}

}  // namespace

Statement& Statement::bind(std::int64_t value) {
  if (const int code = sqlite3_bind_int64(handle_.get(), next_++, value); code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  const int code = sqlite3_bind_text64(handle_.get(), next_++, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Statement& Statement::bind_blob(std::span<const unsigned char> bytes) {
  const int code = bytes.empty()
                       ? sqlite3_bind_zeroblob(handle_.get(), next_++, 0)
                       : sqlite3_bind_blob64(handle_.get(), next_++, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  if (code != SQLITE_OK) bind_error_ = code;
  return *this;
}

Result<bool> Statement::step() {
  const int code = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  Error error = error_of(sqlite3_db_handle(handle_.get()), code);
  reset();
  return tl::unexpected(std::move(error));
}

Result<void> Statement::run() {
  for (;;) {
    const Result<bool> row = step();
    if (!row) return tl::unexpected(row.error());
    if (!*row) return {};
  }
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  next_ = 1;
  bind_error_ = SQLITE_OK;
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::span<const unsigned char> Statement::blob(int column) const {
  const auto* bytes = static_cast<const unsigned char*>(sqlite3_column_blob(handle_.get(), column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

Result<Database> Database::open(const std::string& path, Access access, Millis busy) {
  const int flags = access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.handle_.reset(handle);
  if (code != SQLITE_OK) {
    Error error = error_of(handle, code);
    error.message = fmt::format("cannot open {}: {}", path, error.message);
    return tl::unexpected(std::move(error));
  }
  sqlite3_busy_timeout(handle, static_cast<int>(busy.count()));
  if (access == Access::read_write) {
    auto set = database.execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA journal_size_limit=67108864; PRAGMA "
        "temp_store=MEMORY; PRAGMA recursive_triggers=ON;");  // a REPLACE deletes: the triggers must see it
    if (!set) return tl::unexpected(std::move(set.error()));
  }
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error_of(handle_.get(), code));
  Statement statement;
  statement.handle_.reset(handle);
  return statement;
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(error_of(handle_.get(), code));
  return {};
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return tl::unexpected(std::move(statement.error()));
  const Result<bool> row = statement->step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return fail(ErrorCode::not_found, ErrorSource::storage, fmt::format("no row: {}", sql));
  return statement->integer(0);
}

void Database::roll_back() {
  // Some failures (disk full, I/O) have already rolled back.
  if (sqlite3_get_autocommit(handle_.get()) == 0) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return tl::unexpected(std::move(begun.error()));
  return Transaction(database);
}

Result<Transaction> Transaction::begin_read(Database& database) {
  if (auto begun = database.execute("BEGIN"); !begun) return tl::unexpected(std::move(begun.error()));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->roll_back();
}

Result<void> Transaction::commit() {
  auto committed = database_->execute("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace ktl::storage
