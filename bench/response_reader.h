#pragma once
// Reads one HTTP/1.1 response as a load generator needs it: where it ends, and what its stream events say. Not a strict
// parser: it speaks to servers that the benchmark itself started.
#include <cstdint>
#include <string>
#include <string_view>

namespace ktl::bench {

// Where the fixed engine (engine.cc) writes its send time into an event: 19 digits of CLOCK_MONOTONIC nanoseconds.
inline constexpr std::string_view kStampMark = "\"content\":\"t=";
inline constexpr std::size_t kStampDigits = 19;

class ResponseReader {
 public:
  // Called for each stream event that carries a send time.
  using OnStamp = void (*)(void* context, std::int64_t sent_ns);

  void on_stamp(OnStamp callback, void* context) { on_stamp_ = callback, context_ = context; }

  // Takes what was received. Returns true when the response is complete (the rest of `data` is ignored: no pipelining).
  bool feed(std::string_view data);
  void restart();

  bool broken() const { return broken_; }
  bool has_head() const { return state_ != State::head; }
  int status() const { return status_; }
  bool keep_alive() const { return keep_alive_; }
  int stamps() const { return stamps_; }
  bool saw_done() const { return saw_done_; }
  bool saw_usage() const { return saw_usage_; }

 private:
  enum class State { head, fixed, chunk_size, chunk_data, chunk_end, trailer, complete };

  void parse_head(std::string_view head);
  void take_body(std::string_view data);
  void take_line(std::string_view line);

  State state_ = State::head;
  std::string head_;
  std::string line_;       // the event line that is not complete yet
  std::string size_text_;  // a chunk size, or a trailer line, that is not complete yet
  std::uint64_t left_ = 0;
  int status_ = 0;
  int stamps_ = 0;
  bool is_stream_ = false;
  bool keep_alive_ = true;
  bool saw_done_ = false;
  bool saw_usage_ = false;
  bool broken_ = false;
  OnStamp on_stamp_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace ktl::bench
