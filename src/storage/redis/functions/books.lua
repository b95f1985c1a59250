-- Rolls the ledger's new lines up into totals, each line once: the totals and the place up to which the stream was
-- read change together. keys: ledger, totals (all time; those of a day are in "<totals>:<day>", of an hour, UTC, in
-- "<totals>:h<hour>", both counted from the epoch)
-- In each of these hashes:  <scope> = "<requests> <prompt> <completion>",  and in that of all time  @ = the place.
-- args: now, zone's offset, how many lines (entries are taken whole, so it may be more), keep the stream's entries for
--       (ms), keep days for (ms; 0 = for ever)

local AT_ONCE = 16  -- entries, each of which may have more than a hundred lines
local HOURS_FOR = 3 * DAY

-- What `sums` make of the hash at `key`, which is kept for so long (ms; 0 = for ever). Only reads: what cannot be read
-- is an error while nothing is written yet.
local function added_up(key, sums, keep)
  local names, n, puts = {}, 0, {}
  for name in every(sums) do
    n = n + 1
    names[n] = name
  end
  sort(names)
  for start = 1, n, 1000 do
    local stop = min(n, start + 999)
    local got = call('HMGET', key, spread(names, start, stop))
    for k = start, stop do
      local sum = sums[names[k]]
      local requests, prompt, completion = match(got[k - start + 1] or '0 0 0', '^(%-?%d+) (%-?%d+) (%-?%d+)$')
      if not requests then error('a total that is not understood: ' .. names[k] .. ' in ' .. key) end
      puts[2 * k - 1] = names[k]
      puts[2 * k] = format('%d %d %d', requests + sum[1], prompt + sum[2], completion + sum[3])
    end
  end
  return {key = key, puts = puts, keep = keep}
end

local function put(hash)
  for start = 1, #hash.puts, 2000 do
    call('HSET', hash.key, spread(hash.puts, start, min(#hash.puts, start + 1999)))
  end
  if hash.keep ~= 0 then call('PEXPIRE', hash.key, hash.keep) end
end

local function count_in(sums, scope, more)
  local sum = sums[scope]
  if not sum then
    sum = {0, 0, 0}
    sums[scope] = sum
  end
  sum[1], sum[2], sum[3] = sum[1] + more[1], sum[2] + more[2], sum[3] + more[3]
end

-- The lines after `place`, at least `most` if there are so many, by day and by hour: { [number] = sums of scopes },
-- where lines that name the same scopes are one sum. -> days, hours, how many lines, the place of the last
local function lines_after(ledger, place, most, zone)
  local days, hours, lines = {}, {}, 0
  repeat
    local wanted = min(AT_ONCE, most - lines)
    local entries = call('XRANGE', ledger, place and '(' .. place or '-', '+', 'COUNT', wanted)
    for _, entry in each(entries) do
      local before = lines
      for admitted_at, requests, prompt, completion, scopes in gmatch(entry[2][2],
        '%l+ %S+ %S+ (%d+) %d+ %S+ (%-?%d+) %d+ (%-?%d+) (%d+) %d+ %d+ ([^\n]*)') do
        local day, hour = floor((admitted_at + zone) / DAY), floor(admitted_at / HOUR)
        local more = {requests, prompt, completion}
        days[day], hours[hour] = days[day] or {}, hours[hour] or {}
        count_in(days[day], scopes, more)
        count_in(hours[hour], scopes, more)
        lines = lines + 1
      end
      local _, written = gsub(entry[2][2], '[^\n]+', '')
      if lines - before ~= written then error('a line of the ledger that is not understood: ' .. entry[1]) end
      place = entry[1]
    end
  until #entries < wanted or lines >= most
  return days, hours, lines, place
end

local function count_each_scope(sums, together)
  for scopes, more in every(together) do
    for scope in gmatch(scopes, '[^,]+') do count_in(sums, scope, more) end
  end
end

-- The same of each day or hour, each in a hash of its own.
local function added_up_each(hashes, name, totals, together_of, keep)
  for number, together in every(together_of) do
    local sums = {}
    count_each_scope(sums, together)
    hashes[#hashes + 1] = added_up(format(name, totals, number), sums, keep)
  end
end

-- All that may be wrong in Redis is read before the first write: a call that fails has counted nothing, and the next one
-- counts it once.
local function roll_up(keys, args)
  begin()
  local now, ever = clock(args[1]), {}
  local days, hours, lines, place =
    lines_after(keys[1], call('HGET', keys[2], '@'), number_of(args[3]), number_of(args[2]))
  for _, together in every(days) do count_each_scope(ever, together) end
  local hashes = {added_up(keys[2], ever, 0)}
  added_up_each(hashes, '%s:%d', keys[2], days, number_of(args[5]))
  added_up_each(hashes, '%s:h%d', keys[2], hours, HOURS_FOR)
  for _, hash in each(hashes) do put(hash) end
  if lines > 0 then call('HSET', keys[2], '@', place) end
  if place then
    local oldest_kept = format('%d', max(0, now - number_of(args[4])))
    if number_of(match(place, '^%d+')) < number_of(oldest_kept) then oldest_kept = place end
    call('XTRIM', keys[1], 'MINID', oldest_kept)
  end
  return {lines, call('XLEN', keys[1])}
end

-- keys: totals (of all time, of a day or of an hour)…   args: scopes…   For each key and scope: requests, prompt, completion.
local function totals(keys, args)
  begin()
  local reply = {}
  for _, key in each(keys) do
    local got = call('HMGET', key, spread(args))
    for i = 1, #args do
      for word in gmatch(got[i] or '0 0 0', '%S+') do reply[#reply + 1] = number_of(word) end
    end
  end
  return reply
end

redis.register_function('ktl1_roll_up', roll_up)
redis.register_function{function_name = 'ktl1_totals', callback = totals, flags = {'no-writes'}}
