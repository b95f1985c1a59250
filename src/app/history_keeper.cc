#include "app/history_keeper.h"

#include <filesystem>

namespace ktl::app {
namespace {

constexpr Millis kFoldEvery{10'000};

}  // namespace

std::string history_path(const config::Storage& storage) {
  if (storage.type == config::StorageType::memory) return {};
  const std::filesystem::path own =
      storage.type == config::StorageType::redis ? storage.outbox_path : storage.sqlite_path;
  std::filesystem::path path = own;
  path.replace_filename(own.stem().string() + "-history.db");
  return path;
}

HistoryKeeper::HistoryKeeper(const std::string& path, const Clock& clock, telemetry::Log& log)
    : clock_(clock), log_(log) {
  if (!path.empty()) {
    auto file = storage::SeriesFile::open(path);
    if (file) {
      file_ = std::move(*file);
    } else {
      log_.error("the history is not kept", {{"path", path}, {"reason", file.error().message}});
    }
  }
  history_ = std::make_unique<series::History>(file_.get());
  if (auto done = history_->open(); !done) {
    log_.error("the history is not kept", {{"path", path}, {"reason", done.error().message}});
    history_ = std::make_unique<series::History>(nullptr);
    file_.reset();
  }
  if (!file_) return;
  worker_ = std::make_unique<storage::Worker>("history", [this] {
    fold();
    return kFoldEvery;
  });
}

HistoryKeeper::~HistoryKeeper() {
  worker_.reset();
  if (file_) fold();
}

void HistoryKeeper::fold() {
  const auto done = history_->fold(clock_.wall());
  if (done.has_value() != failing_) return;
  failing_ = !done;
  if (failing_) {
    log_.warn("the history cannot be written", {{"reason", done.error().message}});
  } else {
    log_.info("the history is written again");
  }
}

}  // namespace ktl::app
