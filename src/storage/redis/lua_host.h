#pragma once
// Runs our functions outside Redis, for tests: the same Lua 5.1, what Redis shows to a library, and a simulated
// keyspace, in one process and with the test's clock, so that thousands of seeded lives take seconds.
//
// While the library is loaded it sees nothing but redis.register_function, as in Redis 7; a global that does not exist
// is an error, and none can be made. Functions registered with no-writes cannot write. Not thread-safe.
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storage/redis/functions.h"
#include "storage/redis/lua_host_keyspace.h"

struct lua_State;

namespace ktl::storage::redis {

class LuaHost {
 public:
  // Ends the test program if `source` is not a library that Redis would take.
  explicit LuaHost(std::string_view source = functions_source());

  Value call(const Command& command);  // FCALL or FCALL_RO
  void set_time(WallTime now) { keyspace_.set_time(now); }
  LuaHostKeyspace& keyspace() { return keyspace_; }
  std::uint64_t calls() const { return calls_; }  // commands that the functions sent

 private:
  struct Close {
    void operator()(lua_State* lua) const;
  };
  struct Function {
    int reference = 0;
    bool may_write = true;
  };

  static int redis_call(lua_State* lua);
  static int redis_pcall(lua_State* lua);
  static int register_function(lua_State* lua);
  static LuaHost& self(lua_State* lua);
  int run_command(lua_State* lua, bool protect);

  LuaHostKeyspace keyspace_;
  std::unique_ptr<lua_State, Close> lua_;
  std::unordered_map<std::string, Function> functions_;
  bool may_write_ = true;
  std::uint64_t calls_ = 0;
};

}  // namespace ktl::storage::redis
