// Makes books of a given size, as a gateway would have written them, but without its journal and without waiting for
// the disk: users with a key each, and charges spread over the last days, half of them of one user in a hundred.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <map>
#include <unordered_map>

#include "base/rng.h"
#include "base/text.h"
#include "ledger/days.h"
#include "ledger/sum.h"
#include "storage/sqlite/slices.h"
#include "storage/sqlite/sqlite_file.h"

namespace {

using namespace ktl;
using namespace ktl::storage;

struct Size {
  std::int64_t users = 1'000'000;
  std::int64_t rows = 10'000'000;
  std::int64_t days = 80;
  Millis day_offset{std::chrono::hours(9)};
};

// Scopes: 1 the model, then for user u (from 0) 2+2u the user and 3+2u its key. Scope set u+1.
constexpr std::int64_t kModel = 1;
std::int64_t user_scope(std::int64_t user) {
  return 2 + 2 * user;
}

template <class T>
T value_of(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "failed: %s\n", result.error().message.c_str());
  std::exit(1);
}
void check(const Result<void>& done) {
  if (done) return;
  std::fprintf(stderr, "failed: %s\n", done.error().message.c_str());
  std::exit(1);
}

void make_people(Database& database, const Size& size) {
  auto scope = value_of(database.prepare("INSERT INTO scopes VALUES(?,?,?)"));
  auto person = value_of(database.prepare(
      "INSERT INTO users(scope,name,description,rpm,rph,rpd,tpm,tph,daily,concurrent,created_at_ms)"
      " VALUES(?,?,'',40,0,0,8000,500000,1000000,16,?)"));
  auto key = value_of(database.prepare(
      "INSERT INTO api_keys(digest,scope,user_scope,label,created_at_ms) VALUES(?,?,?,'',?)"));
  auto set = value_of(database.prepare("INSERT INTO scope_sets VALUES(?,?)"));
  auto member = value_of(database.prepare("INSERT INTO scope_set_members VALUES(?,?,?)"));
  check(
      scope.bind(kModel).bind(static_cast<std::int64_t>(ScopeKind::model)).bind(std::string_view("korean-qwen")).run());
  Rng rng(1);
  for (std::int64_t user = 0; user < size.users; ++user) {
    const std::int64_t number = user_scope(user);
    const std::string name = fmt::format("user-{:07}", user);
    std::array<unsigned char, 32> digest{};
    for (auto& byte : digest) byte = static_cast<unsigned char>(rng.below(256));
    check(scope.bind(number).bind(static_cast<std::int64_t>(ScopeKind::user)).bind(std::string_view(name)).run());
    const std::string hex = to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
    check(scope.bind(number + 1).bind(static_cast<std::int64_t>(ScopeKind::key)).bind(std::string_view(hex)).run());
    check(person.bind(number).bind(std::string_view(name)).bind(std::int64_t{0}).run());
    check(key.bind_blob(digest).bind(number + 1).bind(number).bind(std::int64_t{0}).run());
    const std::array<std::uint32_t, 3> scopes{static_cast<std::uint32_t>(number + 1),
                                              static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(kModel)};
    check(set.bind(user + 1).bind_blob({reinterpret_cast<const unsigned char*>(scopes.data()), sizeof scopes}).run());
    for (std::size_t i = 0; i < scopes.size(); ++i)
      check(member.bind(user + 1).bind(static_cast<std::int64_t>(i)).bind(std::int64_t{scopes[i]}).run());
  }
}

class Charges {
 public:
  explicit Charges(Database& database)
      : ledger_(value_of(database.prepare("INSERT INTO ledger VALUES(?,?,?,2,1,?,?,?,?,0,0,?)"))),
        day_(value_of(database.prepare("INSERT INTO usage_by_day VALUES(?,?,?,?,?)"))),
        slice_(value_of(database.prepare("INSERT INTO usage_by_slice VALUES(?,?,?,?)"))),
        total_(value_of(database.prepare("INSERT INTO usage_total VALUES(?,?,?,?)"))) {}

  void make(const Size& size, WallTime now) {
    Rng rng(2);
    const std::int64_t end = milliseconds(now) - 60'000, begin = end - size.days * kDayMs;
    const std::int64_t slices_from = floor_to(end - 3 * kDayMs, kSliceMs);
    std::int64_t day = INT64_MIN, slice = INT64_MIN;
    for (std::int64_t row = 0; row < size.rows; ++row) {
      const std::int64_t at = begin + (end - begin) / size.rows * row;
      const auto few = static_cast<std::uint64_t>(std::max<std::int64_t>(1, size.users / 100));
      const auto user =
          static_cast<std::int64_t>(rng.below(rng.below(2) == 0 ? few : static_cast<std::uint64_t>(size.users)));
      const std::int64_t prompt = 50 + static_cast<std::int64_t>(rng.below(2000));
      const std::int64_t completion = static_cast<std::int64_t>(rng.below(500));
      const std::int64_t this_day = ledger::day_number(wall_time(at), size.day_offset);
      if (this_day != day) write_day(day);
      day = this_day;
      if (at >= slices_from && floor_to(at, kSliceMs) != slice) {
        write_slice(slice);
        slice = floor_to(at, kSliceMs);
      }
      check(ledger_.bind((std::int64_t{1} << 40) + row + 1)
                .bind(at)
                .bind(at + 2000)
                .bind(user + 1)
                .bind(prompt + 512)
                .bind(prompt)
                .bind(completion)
                .bind(day)
                .run());
      const ledger::Sum sum{1, prompt, completion};
      for (const std::int64_t scope : {kModel, user_scope(user), user_scope(user) + 1}) {
        by_day_[scope] += sum;
        if (at >= slices_from) by_slice_[scope] += sum;
      }
    }
    write_day(day);
    write_slice(slice);
    for (const auto& [scope, sum] : std::map(totals_.begin(), totals_.end()))
      check(total_.bind(scope).bind(sum.requests).bind(sum.prompt).bind(sum.completion).run());
  }

 private:
  void write_day(std::int64_t day) {
    for (const auto& [scope, sum] : std::map(by_day_.begin(), by_day_.end())) {
      check(day_.bind(day).bind(scope).bind(sum.requests).bind(sum.prompt).bind(sum.completion).run());
      totals_[scope] += sum;
    }
    by_day_.clear();
  }
  void write_slice(std::int64_t slice) {
    for (const auto& [scope, sum] : std::map(by_slice_.begin(), by_slice_.end()))
      check(slice_.bind(slice).bind(scope).bind(sum.requests).bind(sum.tokens()).run());
    by_slice_.clear();
  }

  Statement ledger_, day_, slice_, total_;
  std::unordered_map<std::int64_t, ledger::Sum> by_day_, by_slice_, totals_;
};

}  // namespace

int main(int argc, char** argv) {
  Size size;
  std::string path;
  CLI::App app("Makes a SQLite file with many users and charges");
  app.add_option("file", path, "the new file")->required();
  app.add_option("--users", size.users, "how many users, each with a key")->capture_default_str();
  app.add_option("--rows", size.rows, "how many charges")->capture_default_str();
  app.add_option("--days", size.days, "over how many days up to now")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (std::filesystem::exists(path)) {
    std::fprintf(stderr, "%s exists already\n", path.c_str());
    return 1;
  }
  static_cast<void>(value_of(SqliteFile::open(path, Access::read_write)));
  {
    auto database = value_of(Database::open(path, Access::read_write, Millis(1000)));
    check(database.execute("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144; BEGIN;"));
    make_people(database, size);
    Charges(database).make(size, SystemClock().wall());
    const std::int64_t now = milliseconds(SystemClock().wall());
    check(
        database.execute(fmt::format("UPDATE meta SET value=1 WHERE key='generation';"
                                     "UPDATE meta SET value={} WHERE key='slices_kept_from'; COMMIT;",
                                     floor_to(now - 60'000 - 3 * kDayMs, kSliceMs) + kSliceMs)));
  }
  return 0;
}
