#pragma once
// RESP, the protocol of Redis and Valkey: commands out, replies in.
// Source: the Redis serialization protocol specification; RESP2 in full, and every type of RESP3 but streamed ones.
//
// Nothing here knows sockets or time. All functions are linear in their input and throw nothing but std::bad_alloc.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ktl::storage::redis {

enum class Kind : std::uint8_t {
  nil,
  status,  // +OK
  error,   // -ERR …, also RESP3's bulk error
  integer,
  text,     // a bulk string, also RESP3's verbatim string without its format
  array,    // also RESP3's set
  map,      // key, value, key, value …
  push,     // out of band: never the reply of a command
  boolean,  // in `integer`: 0 or 1
  number,   // double or big number, as written, in `text`
};

// One reply. Kinds status, error, text and number fill `text`; integer and boolean fill `integer`; array, map and push
// fill `items`.
struct Value {
  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Value> items;

  bool is_error() const { return kind == Kind::error; }
  // True for an error whose first word is `code`: is_error("NOSCRIPT").
  bool is_error(std::string_view code) const;
};

// Appends one command: an array of bulk strings, so any byte may stand in a word. Requires at least one word.
void append_command(std::string& out, std::span<const std::string_view> words);

struct ParserLimits {
  std::size_t max_depth = 16;                // arrays within arrays
  std::size_t max_bytes = 64 * 1024 * 1024;  // of one reply on the wire
  std::size_t max_items = 1'000'000;         // values in one reply, all depths together
};

// Takes replies out of a stream of bytes, however they are cut. Keeps only the reply that has begun.
class Parser {
 public:
  enum class Outcome : std::uint8_t {
    complete,   // `out` is one reply; there may be more
    more,       // all of the input was taken, the reply is not complete
    malformed,  // not RESP, or over a limit: nothing after it can be understood; problem() says why
  };

  explicit Parser(ParserLimits limits = {}) : limits_(limits) {}

  // Takes bytes from the front of `input` until a reply is complete. `out` is set only then.
  Outcome parse(std::string_view& input, Value& out);

  std::string_view problem() const { return problem_; }
  bool between_replies() const { return bytes_ == 0; }

 private:
  struct Open {  // an aggregate whose items are still coming
    Value value;
    std::uint64_t missing;
    bool dropped;  // an attribute: read and forgotten
  };
  enum class Step : std::uint8_t { more, fail, open, value };

  Step take_line(std::string_view& input, Value& value);
  Step take_bulk(std::string_view& input, Value& value);
  Step begin_value(std::string_view line, Value& value);
  Step begin_bulk(std::string_view digits, Value& value);
  Step begin_aggregate(char type, std::string_view digits, Value& value);
  bool close_value(Value&& value, Value& out);
  Step refuse(const char* why);

  ParserLimits limits_;
  std::string line_;  // the beginning of a line that was cut
  Value bulk_;        // the bulk string under way
  std::uint64_t bulk_missing_ = 0;
  bool in_bulk_ = false;
  bool verbatim_ = false;
  std::vector<Open> open_;
  std::size_t bytes_ = 0;  // of this reply so far
  std::size_t items_ = 0;
  const char* problem_ = "";
};

}  // namespace ktl::storage::redis
