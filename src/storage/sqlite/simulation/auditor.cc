#include "storage/sqlite/simulation/auditor.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <functional>
#include <memory>

namespace ktl::storage::testing {
namespace {

constexpr std::int64_t kRelease = 3;
constexpr std::int64_t kExpire = 4;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kZoneMs = 9 * 3'600'000;

// Calls `row` for each row of `sql`; SQLite's words if that fails.
std::string for_each_row(const std::string& path, const char* sql, const std::function<void(sqlite3_stmt*)>& row) {
  sqlite3* raw = nullptr;
  int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READONLY, "unix");
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(raw, sqlite3_close);
  sqlite3_stmt* raw_statement = nullptr;
  if (code == SQLITE_OK) code = sqlite3_prepare_v2(raw, sql, -1, &raw_statement, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw_statement, sqlite3_finalize);
  if (code == SQLITE_OK) {
    while ((code = sqlite3_step(raw_statement)) == SQLITE_ROW) row(raw_statement);
  }
  return code == SQLITE_DONE ? "" : fmt::format("the file cannot be read ({}): {}", sql, sqlite3_errmsg(raw));
}

}  // namespace

void Auditor::opened(std::uint64_t charge, std::int64_t at_ms, std::int64_t reserved, Scopes scopes,
                     std::uint64_t sequence) {
  const auto [place, is_new] =
      charges_.try_emplace(charge, Charge{at_ms, reserved, std::move(scopes), Standing::acknowledged, {}, {}});
  if (!is_new) {
    violation_ = fmt::format("charge id {} was given twice", charge);
    return;
  }
  unsynced_.emplace_back(sequence, &place->second.standing);
}

void Auditor::ended(std::uint64_t charge, std::int64_t kind, std::int64_t at_ms, Usage usage, std::uint64_t sequence) {
  std::list<Ending>& endings = charges_.at(charge).endings;
  endings.push_back({kind, at_ms, usage, Standing::acknowledged});
  unsynced_.emplace_back(sequence, &endings.back().standing);
}

void Auditor::synced_upto(std::uint64_t sequence) {
  for (; !unsynced_.empty() && unsynced_.front().first <= sequence; unsynced_.pop_front()) {
    *unsynced_.front().second = Standing::synced;
  }
}

// What a killed process had acknowledged still is only in the page cache: a power loss before the books have it takes
// it after all, so every charge that was not judged since is in doubt.
void Auditor::life_ends(bool power_lost) {
  unsynced_.clear();
  if (!power_lost) return;
  const auto doubt = [](Standing& standing) {
    if (standing == Standing::acknowledged) standing = Standing::doubtful;
  };
  for (auto& [id, charge] : charges_) {
    doubt(charge.standing);
    for (Ending& ending : charge.endings) doubt(ending.standing);
  }
}

std::string Auditor::audit(const std::string& path) {
  if (!violation_.empty()) return violation_;
  Rows rows;
  if (auto wrong = read_rows(path, rows); !wrong.empty()) return wrong;
  std::size_t known = 0;
  for (auto& [id, charge] : charges_) {
    const auto found = rows.find(id);
    const Row* row = found == rows.end() ? nullptr : &found->second;
    known += row != nullptr ? 1 : 0;
    if (auto wrong = judge(id, charge, row); !wrong.empty()) return wrong;
    if (row != nullptr) charge.row = *row;
    charge.judged = true;
  }
  if (known != rows.size()) return fmt::format("{} rows in the ledger, {} are known", rows.size(), known);
  return check_sums(path);
}

std::string Auditor::judge(std::uint64_t id, const Charge& charge, const Row* row) {
  if (charge.judged) {
    const bool same = row == nullptr ? !charge.row : charge.row == *row;
    return same ? "" : fmt::format("charge {} changed in the books", id);
  }
  if (row == nullptr) {
    return charge.standing == Standing::doubtful ? "" : fmt::format("charge {} is missing", id);
  }
  if (row->admitted_at_ms != charge.at_ms || row->reserved != charge.reserved || row->scopes != charge.scopes) {
    return fmt::format("charge {} is booked with another opening", id);
  }
  // The first ending that survived counts; those before it must all have been in doubt.
  for (const Ending& ending : charge.endings) {
    const bool is_it = row->kind == ending.kind && row->ended_at_ms == ending.at_ms && row->usage == ending.usage;
    if (is_it) return "";
    if (ending.standing != Standing::doubtful) return fmt::format("an ending of charge {} is missing", id);
  }
  const bool expired = row->kind == kExpire && row->usage == Usage{charge.reserved, 0, 0, 0};
  return expired ? "" : fmt::format("charge {} has an ending that nobody wrote", id);
}

std::string Auditor::read_rows(const std::string& path, Rows& rows) {
  std::string wrong;
  auto failed = for_each_row(path, "PRAGMA integrity_check", [&](sqlite3_stmt* row) {
    const auto* words = reinterpret_cast<const char*>(sqlite3_column_text(row, 0));
    if (std::strcmp(words, "ok") != 0) wrong = fmt::format("integrity: {}", words);
  });
  if (!failed.empty() || !wrong.empty()) return failed + wrong;
  failed = for_each_row(path, "SELECT COUNT(*) FROM open_reservations", [&](sqlite3_stmt* row) {
    if (sqlite3_column_int64(row, 0) != 0) wrong = "a reservation is still open";
  });
  if (!failed.empty() || !wrong.empty()) return failed + wrong;
  return for_each_row(
      path,
      "SELECT charge_id, admitted_at_ms, ended_at_ms, kind, reserved, prompt, completion, cached, reasoning, scopes "
      "FROM ledger JOIN scope_sets ON scope_sets.id=scope_set",
      [&](sqlite3_stmt* row) {
        const auto number = [row](int column) { return sqlite3_column_int64(row, column); };
        Scopes scopes(static_cast<std::size_t>(sqlite3_column_bytes(row, 9)) / 4);
        if (!scopes.empty()) std::memcpy(scopes.data(), sqlite3_column_blob(row, 9), scopes.size() * 4);
        rows[static_cast<std::uint64_t>(number(0))] = {
            number(1), number(2), number(3), number(4), {number(5), number(6), number(7), number(8)}, scopes};
      });
}

// The sums by day and by slice must be those of the rows, each charge once for each of its scopes.
std::string Auditor::check_sums(const std::string& path) const {
  using Key = std::pair<std::uint32_t, std::int64_t>;
  std::map<Key, Usage> days, slices, totals;  // requests, prompt, completion
  for (const auto& [id, charge] : charges_) {
    if (!charge.row || charge.row->kind == kRelease) continue;
    for (const std::uint32_t scope : charge.scopes) {
      for (Usage* sum : {&days[{scope, (charge.at_ms + kZoneMs) / kDayMs}],
                         &slices[{scope, charge.at_ms / 180'000 * 180'000}], &totals[{scope, 0}]}) {
        ++(*sum)[0];
        (*sum)[1] += charge.row->usage[0];
        (*sum)[2] += charge.row->usage[1];
      }
    }
  }
  std::map<Key, Usage> booked_days, booked_slices, booked_totals;
  std::int64_t kept_from = 0;
  auto failed = for_each_row(path, "SELECT scope, day, requests, prompt, completion FROM usage_by_day", [&](auto* row) {
    booked_days[{static_cast<std::uint32_t>(sqlite3_column_int64(row, 0)), sqlite3_column_int64(row, 1)}] = {
        sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3), sqlite3_column_int64(row, 4), 0};
  });
  if (failed.empty()) {
    failed = for_each_row(path, "SELECT scope, requests, prompt, completion FROM usage_total", [&](auto* row) {
      booked_totals[{static_cast<std::uint32_t>(sqlite3_column_int64(row, 0)), 0}] = {
          sqlite3_column_int64(row, 1), sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3), 0};
    });
  }
  if (failed.empty()) {
    failed = for_each_row(path, "SELECT value FROM meta WHERE key='slices_kept_from'",
                          [&](auto* row) { kept_from = sqlite3_column_int64(row, 0); });
  }
  if (failed.empty()) {
    failed = for_each_row(path, "SELECT scope, slice, requests, tokens FROM usage_by_slice", [&](auto* row) {
      const std::int64_t slice = sqlite3_column_int64(row, 1);
      if (slice < kept_from) return;
      booked_slices[{static_cast<std::uint32_t>(sqlite3_column_int64(row, 0)), slice}] = {
          sqlite3_column_int64(row, 2), sqlite3_column_int64(row, 3), 0, 0};
    });
  }
  if (!failed.empty()) return failed;
  if (days != booked_days) return "the sums by day are not those of the ledger";
  if (totals != booked_totals) return "the totals are not those of the ledger";
  std::erase_if(slices, [&](const auto& slice) { return slice.first.second < kept_from; });
  for (auto& [key, sum] : slices) sum = {sum[0], sum[1] + sum[2], 0, 0};
  return slices == booked_slices ? "" : "the sums by slice are not those of the ledger";
}

std::string Auditor::check_usage(const Sums& rebuilt, std::int64_t since_ms, bool exactly) const {
  Sums owed;
  for (const auto& [id, charge] : charges_) {
    if (!charge.row || charge.row->kind == kRelease || charge.at_ms < since_ms) continue;
    for (const std::uint32_t scope : charge.scopes) {
      ++owed[scope][0];
      owed[scope][1] += charge.row->usage[0] + charge.row->usage[1];
    }
  }
  for (const auto& [scope, sum] : owed) {
    const auto found = rebuilt.find(scope);
    const std::array<std::int64_t, 2> there = found == rebuilt.end() ? std::array<std::int64_t, 2>{} : found->second;
    const bool enough = exactly ? there == sum : there[0] >= sum[0] && there[1] >= sum[1];
    if (!enough) {
      return fmt::format("scope {} owes {} requests and {} tokens since {}, rebuilt were {} and {}", scope, sum[0],
                         sum[1], since_ms, there[0], there[1]);
    }
  }
  return "";
}

}  // namespace ktl::storage::testing
