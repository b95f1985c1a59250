// Rolls the old charges of a file up, as the keeper of a gateway does, and tells how long it takes and how long its
// longest piece holds the file.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "storage/sqlite/retention.h"

int main(int argc, char** argv) {
  using namespace ktl;
  std::string path;
  storage::RetentionPolicy policy{.detail_days = 60, .ledger_days = 70};
  CLI::App app("Applies a retention policy to a SQLite file that no gateway uses");
  app.add_option("file", path, "the file")->required()->check(CLI::ExistingFile);
  app.add_option("--detail-days", policy.detail_days)->capture_default_str();
  app.add_option("--ledger-days", policy.ledger_days)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  auto database = storage::Database::open(path, storage::Access::read_write, Millis(5000));
  storage::Retention retention(policy, std::chrono::hours(9));
  const SystemClock clock;
  const MonoTime begin = clock.mono();
  std::chrono::duration<double> longest{0};
  std::int64_t pieces = 0;
  for (bool more = database.has_value(); more; ++pieces) {
    const MonoTime from = clock.mono();
    const auto done = retention.step(*database, clock.wall());
    if (!done) {
      std::fprintf(stderr, "failed: %s\n", done.error().message.c_str());
      return 1;
    }
    longest = std::max<std::chrono::duration<double>>(longest, clock.mono() - from);
    more = *done;
  }
  std::printf("%lld pieces in %.1f s, the longest %.0f ms\n", static_cast<long long>(pieces),
              std::chrono::duration<double>(clock.mono() - begin).count(), longest.count() * 1000);
  return database ? 0 : 1;
}
