#pragma once
// The rolled-up past in an SQLite file of its own (docs/decisions/0007). It is worth less than the books: a commit is
// not waited for until it is on the disk, so that a power loss may cost the last minutes, and a file that is broken or
// of another program is put aside and begun anew.
#include <memory>

#include "series/archive.h"
#include "storage/sqlite/database.h"

namespace ktl::storage {

class SeriesFile final : public series::Archive {
 public:
  // Created if it is not there. Error conflict: it was written by a newer program. Error io, unavailable: the disk.
  static Result<std::unique_ptr<SeriesFile>> open(const std::string& path);

  Result<std::vector<series::Named>> names() override;
  Result<std::string> load(Millis step, WallTime start) override;
  Result<std::vector<series::Row>> range(Millis step, WallTime from, WallTime to) override;
  Result<void> write(const Batch& batch) override;

 private:
  explicit SeriesFile(Database database) : database_(std::move(database)) {}
  static Result<std::unique_ptr<SeriesFile>> open_as_it_is(const std::string& path);
  Result<void> set_up();

  Database database_;
  Statement names_, add_name_, load_, range_, store_, forget_;
};

}  // namespace ktl::storage
