#pragma once
// Misbehaviour on demand: for one request through the header `x-standin: key=value, key, …`, or for all requests
// through POST /standin/behave, so that a test can drive it through a gateway that drops foreign headers.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktl::standin {

struct Behaviour {
  bool queue_full = false;                       // refuse as if the queue were full
  bool no_usage = false;                         // leave the usage out
  bool hang = false;                             // never answer
  bool garbage = false;                          // break the JSON of the body, or of every third event
  std::optional<std::int64_t> first_token_ms;    // hold the first byte back that long (not scaled)
  std::optional<std::int64_t> slow_chunk_ms;     // wait that long before every content chunk (not scaled)
  std::optional<std::int64_t> die_after_chunks;  // cut the connection after so many content chunks; 0: before the head
  std::optional<std::int64_t>
      error_mid_stream;                       // an error event after so many content chunks (2 if no number is given)
  std::optional<std::int64_t> wrong_usage;    // added to the reported completion tokens
  std::optional<std::int64_t> status;         // answer with this status and run nothing
  std::optional<std::int64_t> max_chunks;     // end the answer by itself after at most so many text tokens
  std::optional<std::int64_t> tokens;         // natural length of the answer, end-of-turn token included
  std::optional<std::int64_t> prompt_tokens;  // report this many prompt tokens
  std::optional<std::int64_t> merge;          // tokens per chunk
  std::optional<std::int64_t> times;          // only the next so many requests (for the global setting)

  // False for an unknown key or a value that is not a number.
  bool set(std::string_view key, std::string_view value);
  // Applies "a=1, b"; unknown parts are returned in `unknown`.
  void apply(std::string_view list, std::string& unknown);
  std::string json() const;
};

}  // namespace ktl::standin
