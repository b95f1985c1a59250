#pragma once
// SQLite with owners and Results: one connection, and prepared statements on it.
// A Database and its Statements belong to one thread at a time.
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"

namespace ktl::storage {

enum class Access { read_only, read_write };

class Statement {
 public:
  Statement() = default;

  // Binds from the first parameter on, in order.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind_blob(std::span<const unsigned char> bytes);

  // true: a row is there; false: done. A finished or failed statement is reset and may be bound again.
  Result<bool> step();
  // Runs to the end, ignoring rows.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  std::string text(int column) const;
  std::span<const unsigned char> blob(int column) const;  // until the next step

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  int next_ = 1;
  int bind_error_ = SQLITE_OK;
};

class Database {
 public:
  // read_write creates the file, in WAL mode, every commit synced. Waits `busy` for the locks of others.
  static Result<Database> open(const std::string& path, Access access, Millis busy);

  Result<Statement> prepare(std::string_view sql);
  Result<void> execute(const std::string& sql);  // one or more statements without parameters
  Result<std::int64_t> query_integer(std::string_view sql);
  std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
  std::int64_t last_insert_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

  void set_busy(Millis busy) { sqlite3_busy_timeout(handle_.get(), static_cast<int>(busy.count())); }

  sqlite3* handle() { return handle_.get(); }

  // Undoes the transaction that is open, if one is.
  void roll_back();

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// Rolls back when it goes out of scope uncommitted.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);       // takes the write lock at once
  static Result<Transaction> begin_read(Database& database);  // one picture for several queries
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace ktl::storage
