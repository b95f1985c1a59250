-- What all gateways share besides usage: who of them is alive, the small numbers of scopes, and the settings (users,
-- keys, limits, bans) as records with a version.

-- keys: gateways, settings' versions   args: now, gateway, alive if seen within (ms)
-- -> now, gateways alive, version of the settings
local function heartbeat(keys, args)
  begin()
  local now = clock(args[1])
  call('ZADD', keys[1], format('%d', now), args[2])
  local alive = call('ZCOUNT', keys[1], format('%d', now - number_of(args[3])), '+inf')
  local latest = call('ZRANGE', keys[2], -1, -1, 'WITHSCORES')
  return {now, alive, number_of(latest[2] or 0)}
end

-- keys: gateways   args: now, alive if seen within (ms)   -> names of the gateways alive
local function alive(keys, args)
  begin()
  return call('ZRANGEBYSCORE', keys[1], format('%d', clock(args[1]) - number_of(args[2])), '+inf')
end

-- Forgets a gateway: it left in order, or all of its charges were expired.   keys: gateways   args: gateway
local function leave(keys, args)
  begin()
  return call('ZREM', keys[1], args[1])
end

-- The number of a scope, given once and never to another.   keys: scopes   args: "<kind>:<name>"
local function scope_number(keys, args)
  begin()
  local known = call('HGET', keys[1], args[1])
  if known then return number_of(known) end
  local given = call('HINCRBY', keys[1], '#', 1)
  call('HSET', keys[1], args[1], format('%d', given))
  return given
end

-- Writes or removes a record if its version is still the one the writer has seen (-1: whatever it is; 0: none).
-- keys: records, versions   args: name, version seen, "set" or "remove", value
-- -> 1, its new version  |  0, its version, its value
local function put(keys, args)
  begin()
  local version = number_of(call('ZSCORE', keys[2], args[1]) or 0)
  local value = call('HGET', keys[1], args[1])
  local seen = number_of(args[2])
  if seen >= 0 and seen ~= (value and version or 0) and seen ~= version then return {0, version, value} end
  local latest = call('ZRANGE', keys[2], -1, -1, 'WITHSCORES')
  local fresh = number_of(latest[2] or 0) + 1
  if args[3] == 'remove' then call('HDEL', keys[1], args[1]) else call('HSET', keys[1], args[1], args[4]) end
  call('ZADD', keys[2], format('%d', fresh), args[1])
  return {1, fresh}
end

-- Writes and removes records together and notes who did it; nothing if the settings are not at the version seen.
-- keys: records, versions, notes
-- args: version seen (-1: whatever it is), note (empty: none), most notes kept, then of each record: name, "set" or
-- "remove", value   -> 1, the new version  |  0, the version that stands
local function change(keys, args)
  begin()
  local latest = call('ZRANGE', keys[2], -1, -1, 'WITHSCORES')
  local version, seen = number_of(latest[2] or 0), number_of(args[1])
  if seen >= 0 and seen ~= version then return {0, version} end
  for i = 4, #args, 3 do
    version = version + 1
    if args[i + 1] == 'remove' then call('HDEL', keys[1], args[i]) else call('HSET', keys[1], args[i], args[i + 2]) end
    call('ZADD', keys[2], format('%d', version), args[i])
  end
  if args[2] ~= '' then
    call('XADD', keys[3], '*', 'n', args[2])
    call('XTRIM', keys[3], 'MAXLEN', args[3])
  end
  return {1, version}
end

-- keys: records, versions   args: changed after this version, most records
-- -> the latest version, then of each record in order of version: name, version, value (nil: removed)
local function changes(keys, args)
  begin()
  local latest = call('ZRANGE', keys[2], -1, -1, 'WITHSCORES')
  local reply, n = {number_of(latest[2] or 0)}, 1
  local changed = call('ZRANGEBYSCORE', keys[2], '(' .. args[1], '+inf', 'WITHSCORES', 'LIMIT', 0, args[2])
  for i = 1, #changed, 2 do
    reply[n + 1], reply[n + 2] = changed[i], number_of(changed[i + 1])
    reply[n + 3] = call('HGET', keys[1], changed[i])
    n = n + 3
  end
  return reply
end

-- -> ABI, revision: a gateway loads its own library only over an older revision of the same ABI.
local function about() return {1, 5} end

redis.register_function('ktl1_heartbeat', heartbeat)
redis.register_function{function_name = 'ktl1_alive', callback = alive, flags = {'no-writes'}}
redis.register_function('ktl1_leave', leave)
redis.register_function('ktl1_scope_number', scope_number)
redis.register_function('ktl1_put', put)
redis.register_function('ktl1_change', change)
redis.register_function{function_name = 'ktl1_changes', callback = changes, flags = {'no-writes'}}
redis.register_function{function_name = 'ktl1_about', callback = about, flags = {'no-writes'}}
