#pragma once
// What the engine did, in its own words: the witness against which a gateway's books are held. A record is opened when
// a request is accepted or refused, and closed when its last token has been generated. Nothing here depends on what was
// delivered to anybody.
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace ktl::standin {

using SimTime = std::chrono::microseconds;  // since the Unix epoch

enum class FinishReason : std::uint8_t { stop, length, abort };
std::string_view name_of(FinishReason reason);

struct BookRecord {
  std::uint64_t number = 0;  // 1, 2, 3, … in order of arrival
  std::string rid;
  std::string parent;  // the request that this is one of the n copies of, or empty
  std::string model;
  std::int64_t prompt_tokens = 0;     // as reported in usage; counted once for n copies
  std::int64_t generated_tokens = 0;  // also those that nobody received
  std::int64_t cached_tokens = 0;
  std::int64_t max_new_tokens = 0;
  std::int64_t retractions = 0;
  std::string state;  // waiting, running, stop, length, abort, queue_full
  SimTime arrived{};
  SimTime started{};  // first entered a batch; 0: never
  SimTime first_token{};
  SimTime aborted{};  // when an abort was asked for; 0: never
  SimTime ended{};
};

struct BookTotals {
  std::int64_t requests = 0;  // accepted
  std::int64_t refused = 0;   // queue full
  std::int64_t finished = 0;
  std::int64_t aborted = 0;
  std::int64_t prompt_tokens = 0;  // of requests that entered a batch
  std::int64_t generated_tokens = 0;
  std::int64_t cached_tokens = 0;
};

// Work by minute of arrival.
struct MinuteTotals {
  std::int64_t requests = 0;
  std::int64_t prompt_tokens = 0;
  std::int64_t generated_tokens = 0;
};

class Books {
 public:
  static constexpr std::size_t kMostRecords = 1'000'000;  // then the oldest closed ones go; totals stay

  BookRecord& open(BookRecord record);  // the reference lives until the record is closed
  void refuse(BookRecord record);
  void start(BookRecord& record, std::int64_t cached, SimTime now);
  void generate(BookRecord& record, SimTime now);  // one token
  void close(BookRecord& record, FinishReason reason, SimTime now);
  // Work that ran outside the simulation, finished at once; counted in totals only.
  void add_totals(std::int64_t prompt, std::int64_t generated, SimTime arrived);

  const std::map<std::uint64_t, BookRecord>& records() const { return records_; }
  const BookTotals& totals() const { return totals_; }
  const std::map<std::int64_t, MinuteTotals>& minutes() const { return minutes_; }  // key: minutes since the epoch

  // Forgets closed records and all totals. Open records stay and count from zero.
  void reset();

 private:
  BookRecord& add(BookRecord record);
  MinuteTotals& minute_of(SimTime time);

  std::map<std::uint64_t, BookRecord> records_;  // by number
  std::uint64_t next_number_ = 1;
  BookTotals totals_;
  std::map<std::int64_t, MinuteTotals> minutes_;
};

}  // namespace ktl::standin
