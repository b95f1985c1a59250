#pragma once
// A keyspace as our functions use it, for tests: the commands that functions/*.lua send, and no others, with the
// replies that Redis gives. Keys expire by a clock that the test sets. Not thread-safe.
// Source: the Redis command reference, checked against a real server by limits_differential_test.
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "storage/redis/resp.h"

namespace ktl::storage::redis {

class LuaHostKeyspace {
 public:
  // An unknown command or a wrong type is a Value of kind error.
  Value execute(std::span<const std::string_view> words, bool may_write);

  void set_time(WallTime now) { now_ = now.time_since_epoch().count(); }
  void clear() { keys_.clear(); }
  std::size_t size();  // keys that have not expired

 private:
  using Words = std::span<const std::string_view>;
  using Hash = std::unordered_map<std::string, std::string>;
  using Set = std::set<std::string, std::less<>>;
  struct Sorted {
    std::map<std::string, std::int64_t, std::less<>> score;
    std::set<std::pair<std::int64_t, std::string>> order;
  };
  struct StreamId {
    std::uint64_t millis = 0;
    std::uint64_t number = 0;
    auto operator<=>(const StreamId&) const = default;
  };
  struct Stream {
    std::map<StreamId, std::pair<std::string, std::string>> entries;
    StreamId last;
  };
  struct Entry {
    std::variant<std::string, Hash, Set, Sorted, Stream> value;
    std::int64_t expires_at = -1;
  };
  struct Command {
    Value (LuaHostKeyspace::*run)(Words);
    std::size_t least_words;
    bool writes;
  };
  static const std::unordered_map<std::string_view, Command>& commands();

  Entry* find(std::string_view key);
  template <class Type>
  Type* find_as(std::string_view key);
  template <class Type>
  Type& get_as(std::string_view key);
  void drop_if_empty(std::string_view key, bool empty);
  static StreamId stream_id(std::string_view word, std::uint64_t missing_number);
  static Value told(const StreamId& id, const std::pair<std::string, std::string>& entry);

  Value time(Words words);
  Value get(Words words);
  Value set(Words words);
  Value pexpire(Words words);
  Value getbit(Words words);
  Value setbit(Words words);
  Value bitfield(Words words);
  Value hget(Words words);
  Value hmget(Words words);
  Value hset(Words words);
  Value hdel(Words words);
  Value hincrby(Words words);
  Value sadd(Words words);
  Value srem(Words words);
  Value smembers(Words words);
  Value zadd(Words words);
  Value zrem(Words words);
  Value zscore(Words words);
  Value zcount(Words words);
  Value zrange(Words words);
  Value zrangebyscore(Words words);
  Value xadd(Words words);
  Value xrange(Words words);
  Value xrevrange(Words words);
  Value xtrim(Words words);
  Value xlen(Words words);

  std::int64_t now_ = 0;
  std::unordered_map<std::string, Entry> keys_;
};

}  // namespace ktl::storage::redis
