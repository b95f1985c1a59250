#pragma once
// The history of this gateway and its file, and the thread that moves the one into the other. A history that cannot be
// kept is no reason not to serve: it is said in the log, and the last hour is known all the same.
#include <memory>
#include <string>

#include "config/config.h"
#include "series/history.h"
#include "storage/journal/worker.h"
#include "storage/series/series_file.h"
#include "telemetry/log.h"

namespace ktl::app {

// Beside what else this gateway alone keeps; empty: nowhere.
std::string history_path(const config::Storage& storage);

class HistoryKeeper {
 public:
  HistoryKeeper(const std::string& path, const Clock& clock, telemetry::Log& log);
  ~HistoryKeeper();  // moves what is left
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;

  series::History& history() { return *history_; }

 private:
  void fold();

  const Clock& clock_;
  telemetry::Log& log_;
  std::unique_ptr<storage::SeriesFile> file_;  // null: none
  std::unique_ptr<series::History> history_;
  bool failing_ = false;  // and that was said
  std::unique_ptr<storage::Worker> worker_;
};

}  // namespace ktl::app
