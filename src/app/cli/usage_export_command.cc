#include "app/cli/usage_export_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "app/cli/dates.h"
#include "app/cli/export_format.h"
#include "app/cli/open_store.h"
#include "app/cli/open_usage.h"
#include "app/cli/progress_bar.h"
#include "config/findings.h"
#include "storage/redis/redis_identity.h"
#include "storage/redis/redis_usage_rows.h"

namespace ktl::app {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

std::optional<WallTime> instant(const CommandContext& context, std::string_view option, const std::string& text,
                                Millis offset) {
  const auto at = parse_instant(text, offset);
  if (at) return at;
  context.err << fmt::format(
      fmt::runtime(context.say("{}: 날짜(2026-11-01)나 시각(2026-11-01T09:00:00+09:00)이 필요합니다 ('{}')\n",
                               "{}: a date (2026-11-01) or a time (2026-11-01T09:00:00+09:00) is needed, not '{}'\n")),
      option, config::shown(text));
  return std::nullopt;
}

// Rows go out in blocks; what cannot be written ends the export.
class Sink {
 public:
  Sink(std::ostream& out, const ExportFormat& format, bool csv) : out_(out), format_(format), csv_(csv) {}

  Result<void> take(const ledger::UsageRow& row) {
    if (csv_)
      format_.append_csv(block_, row);
    else
      format_.append_json(block_, row);
    ++rows_;
    return block_.size() < kBlock ? Result<void>() : flush();
  }
  Result<void> flush() {
    out_.write(block_.data(), static_cast<std::streamsize>(block_.size()));
    block_.clear();
    if (!out_.flush()) return fail(ErrorCode::io, ErrorSource::gateway, "the rows cannot be written");
    return {};
  }
  void begin(bool bom) {
    if (bom) block_ += "\xEF\xBB\xBF";
    if (csv_) block_ += ExportFormat::csv_header();
  }
  std::int64_t rows() const { return rows_; }

 private:
  std::ostream& out_;
  const ExportFormat& format_;
  const bool csv_;
  std::string block_;
  std::int64_t rows_ = 0;
};

// Gives all rows of the configured store.
using ReadRows = std::function<Result<void>(const ledger::TakeUsageRow& take, const ledger::Progress& progress)>;

Result<std::int64_t> write_rows(const CommandContext& context, const ReadRows& read, const ExportQuery& query,
                                const ExportFormat& format, std::ostream& out) {
  Sink sink(out, format, query.format == "csv");
  sink.begin(query.bom);
  ProgressBar bar(context);
  auto done = read([&sink](const ledger::UsageRow& row) { return sink.take(row); },
                   [&bar](std::int64_t done_so_far, std::int64_t total) { bar.show(done_so_far, total); });
  if (done) done = sink.flush();
  if (!done) return tl::unexpected(std::move(done.error()));
  return sink.rows();
}

// Under another name until it is whole.
Result<std::int64_t> write_file(const CommandContext& context, const ReadRows& read, const ExportQuery& query,
                                const ExportFormat& format) {
  const std::string partial = fmt::format("{}.{}.partial", query.output, ::getpid());
  Result<std::int64_t> written =
      fail(ErrorCode::io, ErrorSource::gateway, fmt::format("cannot write {}", query.output));
  std::error_code error;
  {
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    if (!file) return written;
    written = write_rows(context, read, query, format, file);
    file.close();
    if (written && !file)
      written = fail(ErrorCode::io, ErrorSource::gateway, fmt::format("cannot write {}", query.output));
  }
  if (written) std::filesystem::rename(partial, query.output, error);
  if (error) written = fail(ErrorCode::io, ErrorSource::gateway, fmt::format("{}: {}", query.output, error.message()));
  if (!written) std::filesystem::remove(partial, error);
  return written;
}

// Nothing: the store cannot be opened, which was told.
ReadRows rows_in_file(const CommandContext& context, const config::Config& config, const ledger::UsageRowsQuery& rows) {
  std::shared_ptr<storage::SqliteFile> store = open_store(context, config, storage::Access::read_only);
  if (!store) return {};
  return [store, rows](const ledger::TakeUsageRow& take, const ledger::Progress& progress) {
    return store->usage_rows(rows, take, progress);
  };
}

// The keys' names are records of their own there: `names` learns them.
ReadRows rows_in_redis(const CommandContext& context, const config::Config& config, const ledger::UsageRowsQuery& rows,
                       KeyNames& names) {
  std::shared_ptr<storage::redis::Session> session = open_redis(context, config);
  if (!session) return {};
  const storage::redis::Keyspace keys(config.storage.redis_prefix);
  storage::redis::RedisIdentity people(*session, storage::redis::Functions(keys, {}));
  if (auto learnt = names.learn(people); !learnt) {
    report(context, learnt.error());
    return {};
  }
  return [session, keys, rows](const ledger::TakeUsageRow& take, const ledger::Progress& progress) {
    return storage::redis::read_usage_rows(*session, keys, rows, take, progress);
  };
}

}  // namespace

int export_usage(const CommandContext& context, const config::Config& config, const ExportQuery& query) {
  const Millis offset = config.rate_limiting.day_offset;
  const auto from = instant(context, "--from", query.from, offset);
  const auto to = query.to.empty() ? context.clock.wall() : instant(context, "--to", query.to, offset);
  if (!from || !to) return kWrongUsage;
  if (*from >= *to) {
    context.err << context.say("--from은 --to보다 앞이어야 합니다\n", "--from must be before --to\n");
    return kWrongUsage;
  }
  const ledger::UsageRowsQuery rows{*from, *to, query.user, query.model, offset};
  if (!keeps_books(context, config)) return kFailed;
  KeyNames names(config);
  const ReadRows read = config.storage.type == config::StorageType::redis ? rows_in_redis(context, config, rows, names)
                                                                          : rows_in_file(context, config, rows);
  if (!read) return kFailed;
  const ExportFormat format(offset, std::move(names));
  const auto written = query.output.empty() ? write_rows(context, read, query, format, context.out)
                                            : write_file(context, read, query, format);
  if (!written) return report(context, written.error());
  if (!query.output.empty())
    context.err << fmt::format(fmt::runtime(context.say("{}: {}행\n", "{}: {} rows\n")), query.output, *written);
  return kDone;
}

}  // namespace ktl::app
