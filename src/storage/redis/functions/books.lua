-- Rolls the ledger's new entries up into totals, each entry once: the totals and the place up to which the stream was
-- read change together. keys: ledger, totals (all time; those of a day are in "<totals>:<day>")
-- In each of these hashes:  <scope> = "<requests> <prompt> <completion>",  and in that of all time  @ = the place.
-- args: now, zone's offset, most entries, keep the stream's entries for (ms), keep days for (ms; 0 = for ever)

local function add_up(key, sums)
  local names, n = {}, 0
  for name in every(sums) do
    n = n + 1
    names[n] = name
  end
  if n == 0 then return end
  sort(names)
  for start = 1, n, 1000 do
    local stop, puts = min(n, start + 999), {}
    local got = call('HMGET', key, spread(names, start, stop))
    for k = start, stop do
      local sum = sums[names[k]]
      local requests, prompt, completion = match(got[k - start + 1] or '0 0 0', '^(%-?%d+) (%-?%d+) (%-?%d+)$')
      puts[#puts + 1] = names[k]
      puts[#puts + 1] = format('%d %d %d', requests + sum[1], prompt + sum[2], completion + sum[3])
    end
    call('HSET', key, spread(puts))
  end
end

local function count_in(sums, scope, requests, prompt, completion)
  local sum = sums[scope]
  if not sum then
    sum = {0, 0, 0}
    sums[scope] = sum
  end
  sum[1], sum[2], sum[3] = sum[1] + requests, sum[2] + prompt, sum[3] + completion
end

local function roll_up(keys, args)
  begin()
  local now, zone = clock(args[1]), number_of(args[2])
  local place = call('HGET', keys[2], '@')
  local entries = call('XRANGE', keys[1], place and '(' .. place or '-', '+', 'COUNT', args[3])
  local ever, days = {}, {}
  for _, entry in each(entries) do
    local admitted_at, requests, prompt, completion, scopes =
      match(entry[2][2], '^%l+ %S+ %S+ (%d+) %d+ %S+ (%-?%d+) %d+ (%-?%d+) (%d+) %d+ %d+ (%S*)$')
    local day = floor((admitted_at + zone) / DAY)
    days[day] = days[day] or {}
    for scope in gmatch(scopes, '[^,]+') do
      count_in(ever, scope, requests, prompt, completion)
      count_in(days[day], scope, requests, prompt, completion)
    end
    place = entry[1]
  end
  add_up(keys[2], ever)
  for day, sums in every(days) do
    local key = format('%s:%d', keys[2], day)
    add_up(key, sums)
    if args[5] ~= '0' then call('PEXPIRE', key, args[5]) end
  end
  if #entries > 0 then call('HSET', keys[2], '@', place) end
  if place then
    local oldest_kept = format('%d', max(0, now - number_of(args[4])))
    if number_of(match(place, '^%d+')) < number_of(oldest_kept) then oldest_kept = place end
    call('XTRIM', keys[1], 'MINID', oldest_kept)
  end
  return {#entries, call('XLEN', keys[1])}
end

-- keys: totals (of all time or of a day)…   args: scopes…   For each key and scope: requests, prompt, completion.
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
