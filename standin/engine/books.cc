#include "standin/engine/books.h"

#include <utility>

namespace ktl::standin {
namespace {

bool is_open(const BookRecord& record) {
  return record.ended == SimTime{};
}

}  // namespace

std::string_view name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop:
      return "stop";
    case FinishReason::length:
      return "length";
    case FinishReason::abort:
      return "abort";
  }
  return "";
}

MinuteTotals& Books::minute_of(SimTime time) {
  return minutes_[std::chrono::duration_cast<std::chrono::minutes>(time).count()];
}

BookRecord& Books::add(BookRecord record) {
  if (records_.size() >= kMostRecords && !is_open(records_.begin()->second)) records_.erase(records_.begin());
  record.number = next_number_++;
  const std::uint64_t number = record.number;
  return records_.emplace(number, std::move(record)).first->second;
}

BookRecord& Books::open(BookRecord record) {
  ++totals_.requests;
  ++minute_of(record.arrived).requests;
  record.state = "waiting";
  return add(std::move(record));
}

void Books::refuse(BookRecord record) {
  ++totals_.refused;
  record.state = "queue_full";
  record.prompt_tokens = 0;
  record.ended = record.arrived;
  add(std::move(record));
}

void Books::start(BookRecord& record, std::int64_t cached, SimTime now) {
  if (record.started != SimTime{}) return;  // a retracted request enters again
  record.started = now;
  record.state = "running";
  record.cached_tokens = cached;
  totals_.prompt_tokens += record.prompt_tokens;
  totals_.cached_tokens += cached;
  minute_of(record.arrived).prompt_tokens += record.prompt_tokens;
}

void Books::generate(BookRecord& record, SimTime now) {
  if (record.generated_tokens++ == 0) record.first_token = now;
  ++totals_.generated_tokens;
  ++minute_of(record.arrived).generated_tokens;
}

void Books::close(BookRecord& record, FinishReason reason, SimTime now) {
  record.state = name_of(reason);
  record.ended = now;
  if (record.started == SimTime{}) record.prompt_tokens = 0;  // it never cost anything
  ++(reason == FinishReason::abort ? totals_.aborted : totals_.finished);
}

void Books::add_totals(std::int64_t prompt, std::int64_t generated, SimTime arrived) {
  ++totals_.requests;
  ++totals_.finished;
  totals_.prompt_tokens += prompt;
  totals_.generated_tokens += generated;
  MinuteTotals& minute = minute_of(arrived);
  ++minute.requests;
  minute.prompt_tokens += prompt;
  minute.generated_tokens += generated;
}

void Books::reset() {
  totals_ = {};
  minutes_.clear();
  for (auto at = records_.begin(); at != records_.end();) {
    if (!is_open(at->second)) {
      at = records_.erase(at);
      continue;
    }
    BookRecord& record = at->second;
    record.generated_tokens = 0;
    ++totals_.requests;
    MinuteTotals& minute = minute_of(record.arrived);
    ++minute.requests;
    if (record.started != SimTime{}) {
      totals_.prompt_tokens += record.prompt_tokens;
      totals_.cached_tokens += record.cached_tokens;
      minute.prompt_tokens += record.prompt_tokens;
    }
    ++at;
  }
}

}  // namespace ktl::standin
