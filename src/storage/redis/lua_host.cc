#include "storage/redis/lua_host.h"

#include <array>
#include <cstdio>
#include <lua5.1/lua.hpp>
#include <vector>

#include "base/check.h"

namespace ktl::storage::redis {

namespace {

constexpr const char* kSelf = "ktl.host";

// The environment of a library: a table that shows only what it is allowed to, and takes nothing.
constexpr std::string_view kEnvironment = R"(
local register, call, pcall = ...
local world = {redis = {call = call, pcall = pcall}, math = math, string = string, table = table, unpack = unpack,
               tonumber = tonumber, tostring = tostring, ipairs = ipairs, pairs = pairs, type = type, error = error}
local shown = {redis = {register_function = register}}
local function missing(_, name) error('Script attempted to access nonexistent global variable ' .. tostring(name), 2) end
local function fixed() error('Attempt to modify a readonly table', 2) end
setmetatable(world, {__index = missing})
local environment = setmetatable({}, {__index = function(_, name)
  local value = rawget(shown, name)
  if value == nil then missing(nil, name) end
  return value
end, __newindex = fixed})
return environment, function() shown = world end
)";

void push(lua_State* lua, const Value& value) {
  switch (value.kind) {
    case Kind::nil:
      lua_pushboolean(lua, 0);
      break;
    case Kind::integer:
      lua_pushnumber(lua, static_cast<lua_Number>(value.integer));
      break;
    case Kind::text:
      lua_pushlstring(lua, value.text.data(), value.text.size());
      break;
    case Kind::status:
    case Kind::error:
      lua_createtable(lua, 0, 1);
      lua_pushlstring(lua, value.text.data(), value.text.size());
      lua_setfield(lua, -2, value.kind == Kind::status ? "ok" : "err");
      break;
    default:
      lua_createtable(lua, static_cast<int>(value.items.size()), 0);
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        push(lua, value.items[i]);
        lua_rawseti(lua, -2, static_cast<int>(i + 1));
      }
  }
}

// As Redis turns what a function returned into a reply.
Value pop(lua_State* lua) {
  Value value;
  switch (lua_type(lua, -1)) {
    case LUA_TNUMBER:
      value = {Kind::integer, static_cast<std::int64_t>(lua_tonumber(lua, -1)), {}, {}};
      break;
    case LUA_TBOOLEAN:
      if (lua_toboolean(lua, -1)) value = {Kind::integer, 1, {}, {}};
      break;
    case LUA_TSTRING: {
      std::size_t size = 0;
      const char* bytes = lua_tolstring(lua, -1, &size);
      value = {Kind::text, 0, std::string(bytes, size), {}};
      break;
    }
    case LUA_TTABLE:
      value.kind = Kind::array;
      for (int i = 1;; ++i) {
        lua_rawgeti(lua, -1, i);
        if (lua_isnil(lua, -1)) break;
        value.items.push_back(pop(lua));
      }
      lua_pop(lua, 1);
      break;
    default:
      break;
  }
  lua_pop(lua, 1);
  return value;
}

}  // namespace

void LuaHost::Close::operator()(lua_State* lua) const {
  lua_close(lua);
}

LuaHost& LuaHost::self(lua_State* lua) {
  lua_getfield(lua, LUA_REGISTRYINDEX, kSelf);
  auto* host = static_cast<LuaHost*>(lua_touserdata(lua, -1));
  lua_pop(lua, 1);
  return *host;
}

LuaHost::LuaHost(std::string_view source) : lua_(luaL_newstate()) {
  lua_State* lua = lua_.get();
  luaL_openlibs(lua);
  lua_pushlightuserdata(lua, this);
  lua_setfield(lua, LUA_REGISTRYINDEX, kSelf);

  KTL_CHECK(source.starts_with("#!lua name="), "a library names its engine and itself in its first line");
  const std::string body = "--" + std::string(source);
  const auto must = [lua](int status) {
    if (status != 0) std::fprintf(stderr, "%s\n", lua_tostring(lua, -1));
    KTL_CHECK(status == 0, "the library loads");
  };
  must(luaL_loadbuffer(lua, kEnvironment.data(), kEnvironment.size(), "=environment"));
  lua_pushcfunction(lua, register_function);
  lua_pushcfunction(lua, redis_call);
  lua_pushcfunction(lua, redis_pcall);
  must(lua_pcall(lua, 3, 2, 0));  // environment, open
  must(luaL_loadbuffer(lua, body.data(), body.size(), "=functions"));
  lua_pushvalue(lua, -3);
  lua_setfenv(lua, -2);
  must(lua_pcall(lua, 0, 0, 0));
  must(lua_pcall(lua, 0, 0, 0));  // open: from now on the functions see the rest
  lua_pop(lua, 1);
}

int LuaHost::register_function(lua_State* lua) {
  LuaHost& host = self(lua);
  bool may_write = true;
  if (lua_istable(lua, 1)) {
    lua_getfield(lua, 1, "flags");
    may_write = lua_isnil(lua, -1);  // no-writes is the only flag that we use
    lua_getfield(lua, 1, "function_name");
    lua_getfield(lua, 1, "callback");
  }
  const int reference = luaL_ref(lua, LUA_REGISTRYINDEX);
  host.functions_[lua_tostring(lua, -1)] = {reference, may_write};
  return 0;
}

int LuaHost::run_command(lua_State* lua, bool protect) {
  const int count = lua_gettop(lua);
  bool failed = false;
  {
    std::vector<std::string_view> words(static_cast<std::size_t>(count));
    std::vector<std::array<char, 32>> numbers(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (lua_type(lua, i + 1) == LUA_TNUMBER) {
        const int size = std::snprintf(numbers[at].data(), numbers[at].size(), "%.17g", lua_tonumber(lua, i + 1));
        words[at] = {numbers[at].data(), static_cast<std::size_t>(size)};
      } else {
        std::size_t size = 0;
        const char* bytes = lua_tolstring(lua, i + 1, &size);
        words[at] = {bytes, bytes != nullptr ? size : 0};
      }
    }
    ++calls_;
    const Value reply = keyspace_.execute(words, may_write_);
    failed = reply.is_error();
    push(lua, reply);
  }
  if (!failed || protect) return 1;
  lua_getfield(lua, -1, "err");
  return lua_error(lua);  // nothing with a destructor is alive here
}

int LuaHost::redis_call(lua_State* lua) {
  return self(lua).run_command(lua, false);
}

int LuaHost::redis_pcall(lua_State* lua) {
  return self(lua).run_command(lua, true);
}

Value LuaHost::call(const Command& command) {
  lua_State* lua = lua_.get();
  const auto& words = command.words;
  const auto function = functions_.find(words[1]);
  if (function == functions_.end()) return {Kind::error, 0, "ERR Function not found", {}};
  if (words[0] == "FCALL_RO" && function->second.may_write)
    return {Kind::error, 0, "ERR Can not execute a script with write flag using *_ro command.", {}};
  may_write_ = function->second.may_write;
  lua_rawgeti(lua, LUA_REGISTRYINDEX, function->second.reference);
  const auto keys = static_cast<std::size_t>(std::stoul(words[2]));
  const auto table = [&](std::size_t first, std::size_t count) {
    lua_createtable(lua, static_cast<int>(count), 0);
    for (std::size_t i = 0; i < count; ++i) {
      lua_pushlstring(lua, words[first + i].data(), words[first + i].size());
      lua_rawseti(lua, -2, static_cast<int>(i + 1));
    }
  };
  table(3, keys);
  table(3 + keys, words.size() - 3 - keys);
  if (lua_pcall(lua, 2, 1, 0) != 0) {
    Value failure{Kind::error, 0, std::string("ERR ") + lua_tostring(lua, -1), {}};
    lua_pop(lua, 1);
    return failure;
  }
  return pop(lua);
}

}  // namespace ktl::storage::redis
