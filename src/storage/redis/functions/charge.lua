-- The life of a charge. Its key holds one record:
--   o <gateway> <admitted at> <counted at> <tokens> <requests> <places> <booked> <scopes>   open
--   x …the same                                                                            expired, may be adjusted
--   e <how>                                                                                 ended; kept for a while
-- so that a call that comes twice, late, or after another gateway's is answered and changes nothing. That a charge has
-- ended outlives its record as one bit, for as long as a gateway may come back with an ending that it could not send.
-- Every ending of a booked charge is one line of the ledger's stream (books.lua reads them), those of one call together:
--   e = "<kind> <charge> <gateway> <admitted at> <ended at> <outcome> <requests> <reserved> <prompt> <completion>
--        <cached> <reasoning> <scopes>"

local REMEMBERED = 60000        -- the record of an ended charge: a call that was under way does not open it again
local EXPIRED_FOR = 30 * DAY    -- the record of an expired one: for so long it may be adjusted
local ENDED_FOR = 7 * DAY       -- the bit
local DONE, ENDED, UNKNOWN, ADJUSTED = 1, 0, -1, 2

local function number(word) return max(0, min(number_of(word), MOST_TOKENS)) end

local function record_of(text)
  local r = {}
  r.state, r.gateway, r.admitted_at, r.slot, r.tokens, r.requests, r.places, r.booked, r.scopes =
    match(text, '^(%l) (%S+) (%d+) (%d+) (%d+) (%d+) (%d+) ([01]) (%S*)$')
  r.admitted_at, r.slot = number_of(r.admitted_at), number_of(r.slot)
  r.tokens, r.requests, r.places = number_of(r.tokens), number_of(r.requests), number_of(r.places)
  return r
end

-- Writes lines at `now`, or, if the clock went back, at the stream's last instant.
local function write_lines(ledger, now, text)
  local id = redis.pcall('XADD', ledger, format('%d-*', now), 'e', text)
  if type(id) == 'table' and id.err then
    local last = call('XREVRANGE', ledger, '+', '-', 'COUNT', 1)[1][1]
    call('XADD', ledger, match(last, '^%d+') .. '-*', 'e', text)
  end
end

local function limits_of_scopes(args, first, count, stride)
  local limits = {}
  for i = 1, count do limits[i] = limits_at(args, first + (i - 1) * stride) end
  return limits
end

local function admitted(record, fresh, scopes, limits, present, asked_at)
  local reply = {1, record.admitted_at, record.slot, fresh}
  for i, s in each(scopes) do tell_standing(reply, s, limits[i], present, asked_at, false) end
  return reply
end

-- The instant at which a charge is counted that is made `now`: a lease never crosses midnight.
local function counted_at(word, now, day)
  if word == '' then return now end
  local slot = now + max(0, number_of(word))
  if day then slot = min(slot, (floor((now + day) / DAY) + 1) * DAY - day - 1) end
  return slot
end

-- keys: charge, open set, scopes…
-- args: now, day, charge, gateway, tokens, requests, places, counted so long after (a lease, ms), booked, scopes noted,
--       7 limits each scope
local function reserve(keys, args)
  begin()
  local asked_at, day = clock(args[1]), day_of(args[2])
  local tokens, requests, places = number(args[5]), number(args[6]), number(args[7])
  local scopes, present, slots = read_scopes(keys, 3, asked_at, day)
  local limits = limits_of_scopes(args, 11, #scopes, 7)
  local denial = refused(scopes, limits, tokens, requests, places, present, asked_at)
  local slot, text
  if not denial then
    slot = counted_at(args[8], present, day)
    text = format('o %s %d %d %d %d %d %s %s', args[4], present, slot, tokens, requests, places, args[9], args[10])
  end
  if denial or not call('SET', keys[1], text, 'NX') then
    local before = call('GET', keys[1])
    if not before then return denial end
    if sub(before, 1, 1) == 'o' then return admitted(record_of(before), 0, scopes, limits, present, asked_at) end
    return {2}
  end
  call('SADD', keys[2], args[4] .. '/' .. args[3])
  if slot > present then slots = slots_at(slot, day) end
  for i, s in each(scopes) do
    s.in_flight = s.in_flight + places
    for which = 1, 3 do add(s[which], slots[which], requests, tokens) end
    save(s, present, token_limits(limits[i]))
  end
  return admitted({admitted_at = present, slot = slot}, 1, scopes, limits, present, asked_at)
end

-- keys: scopes…   args: now, day, tokens, requests, places, 7 limits each scope
local function check(keys, args)
  begin()
  local asked_at = clock(args[1])
  local scopes, present = read_scopes(keys, 1, asked_at, day_of(args[2]))
  local limits = limits_of_scopes(args, 6, #scopes, 7)
  return refused(scopes, limits, number(args[3]), number(args[4]), number(args[5]), present, asked_at) or {1, present}
end

-- Puts differences into the slices that carry the charge, and gives its places back.
local function change(keys, first, now, day, record, requests, tokens, places, limits)
  local slots = slots_at(record.slot, day)
  local scopes, present = read_scopes(keys, first, now, day, (requests ~= 0 or tokens ~= 0) and slots or nil)
  for i, s in each(scopes) do
    s.in_flight = max(0, s.in_flight - places)
    -- Limits matter only where there is debt, or may be.
    local of_scope = limits and (tokens > 0 or in_debt(s)) and limits(i) or s.paying
    if requests ~= 0 or tokens ~= 0 then
      for which = 1, 3 do
        correct(s[which], slots[which], requests, tokens, present, of_scope and of_scope[which] or NO_LIMIT)
      end
    end
    save(s, present, of_scope)
  end
  return present
end

-- Sets the bit of an ended charge; true if it was set.
local function mark_ended(key, bit)
  local before = call('SETBIT', key, bit, 1)
  call('PEXPIRE', key, ENDED_FOR)
  return before == 1
end

-- What an ending does: `usage` replaces what was reserved. keys: charge, open set, ledger, ended, scopes…
local function finish(keys, args, kind, outcome, usage, limits)
  local text = call('GET', keys[1])
  local now, day = clock(args[1]), day_of(args[2])
  if not text then
    if call('GETBIT', keys[4], args[4]) == 1 then return {ENDED, now} end
    -- The reservation may still be under way: it must not open the charge after this.
    if kind == 'undo' then call('SET', keys[1], 'e undo', 'PX', REMEMBERED) end
    return {UNKNOWN, now}
  end
  local state = sub(text, 1, 1)
  if state == 'e' or (state == 'x' and kind == 'expire') then return {ENDED, now} end
  local record = record_of(text)
  local late = state == 'x'
  if kind == 'expire' then usage = {record.requests, record.tokens, 0, 0, 0} end
  local present = change(keys, 5, now, day, record, usage[1] - record.requests, usage[2] + usage[3] - record.tokens,
                         late and 0 or record.places, limits)
  if kind == 'expire' then
    call('SET', keys[1], 'x' .. sub(text, 2), 'PX', EXPIRED_FOR)
  else
    call('SET', keys[1], 'e ' .. kind, 'PX', REMEMBERED)
    mark_ended(keys[4], args[4])
  end
  if not late then call('SREM', keys[2], record.gateway .. '/' .. args[3]) end
  if record.booked == '1' and (late or kind ~= 'undo') then
    local requests, prompt = usage[1], usage[2]
    if late then requests, prompt = requests - record.requests, prompt - record.tokens end
    write_lines(keys[3], present, format('%s %s %s %d %d %s %d %d %d %d %d %d %s', late and 'adjust' or kind, args[3],
                                         record.gateway, record.admitted_at, present, outcome, requests,
                                         record.tokens, prompt, usage[3], usage[4], usage[5], record.scopes))
  end
  return {late and ADJUSTED or DONE, present}
end

-- args: now, day, charge, its bit, requests, prompt, completion, cached, reasoning, outcome, 3 token limits each scope
local function settle(keys, args)
  begin()
  local function limits(i)
    local first = 11 + (i - 1) * 3
    return {bound(args[first]), bound(args[first + 1]), bound(args[first + 2])}
  end
  local usage = {number(args[5]), number(args[6]), number(args[7]), number(args[8]), number(args[9])}
  return finish(keys, args, 'settle', args[10], usage, limits)
end

-- Charges that were taken from a lease have ended: each gets its line and its bit, and the lease shrinks by what they
-- used. It is counted as before, but for what is no longer kept of it (kept = -1: all that is left).
-- keys: lease, open set, ledger, ended (its own), ended (of all these charges), scopes…
-- args: now, day, lease, its bit, requests kept, tokens kept, places kept, 3 token limits each scope, charges
--   charges: none, or for each "<number> <bit> <kind> <admitted at> <outcome> <requests> <reserved> <prompt>
--   <completion> <cached> <reasoning>;", the number in hexadecimal digits: a charge is named as its lease, but for it
-- -> 1 or (no such lease, or it has ended) -1, now, the charges (from 0) that are not known to have ended
local function spend(keys, args)
  begin()
  local now, day = clock(args[1]), day_of(args[2])
  local text, charges, run = call('GET', keys[1]), args[8 + 3 * (#keys - 5)] or '', match(args[3], '^.*%-')
  local state = text and sub(text, 1, 1)
  local reply, n, bits = {DONE, now}, 0, {}
  for bit in gmatch(charges, '%x+ (%d+) %l+ %d+ %S+ %d+ %d+ %d+ %d+ %d+ %d+;') do
    bits[4 * n + 1], bits[4 * n + 2], bits[4 * n + 3], bits[4 * n + 4] = 'SET', 'u1', bit, '1'
    n = n + 1
  end
  -- A gateway of another version must not believe that it was understood.
  local _, said_to_be = gsub(charges, '[^;]+', '')
  if said_to_be ~= n then error('charges in words of another version') end
  if state ~= 'o' and state ~= 'x' then
    reply[1] = UNKNOWN
    for k = 1, n do
      if call('GETBIT', keys[5], bits[4 * k - 1]) == 0 then reply[#reply + 1] = k - 1 end
    end
    return reply
  end
  local record, late, requests, tokens = record_of(text), state == 'x', 0, 0
  if n > 0 then
    local ended, k, lines = call('BITFIELD', keys[5], spread(bits)), 0, {}
    for charge, kind, at, said, asked, prompt, completion in
      gmatch(charges, '(%x+) %d+ (%l+) (%d+) (%S+ (%d+) %d+ (%d+) (%d+) %d+ %d+);') do
      k = k + 1
      if ended[k] == 0 then
        requests, tokens = requests + asked, tokens + number(prompt) + number(completion)
        lines[#lines + 1] =
          format('%s %s%s %s %s %d %s %s', kind, run, charge, record.gateway, at, now, said, record.scopes)
      end
    end
    call('PEXPIRE', keys[5], ENDED_FOR)
    if #lines > 0 then write_lines(keys[3], now, join(lines, '\n')) end
  end
  local left_requests, left_tokens = max(0, record.requests - requests), max(0, record.tokens - tokens)
  local places, closes = record.places, false
  if args[5] ~= '-1' then
    left_requests, left_tokens = min(left_requests, number_of(args[5])), min(left_tokens, number_of(args[6]))
    places, closes = min(places, number_of(args[7])), args[5] == '0' and args[6] == '0' and args[7] == '0'
  end
  local function limits(i)
    local at = 8 + (i - 1) * 3
    return {bound(args[at]), bound(args[at + 1]), bound(args[at + 2])}
  end
  local more_requests, more_tokens = requests + left_requests - record.requests, tokens + left_tokens - record.tokens
  local freed = late and 0 or record.places - places
  if more_requests ~= 0 or more_tokens ~= 0 or freed ~= 0 then
    change(keys, 6, now, day, record, more_requests, more_tokens, freed, limits)
  end
  -- The expiry booked all that was left then; the charges have entries of their own now.
  if late and (left_requests ~= record.requests or left_tokens ~= record.tokens) then
    write_lines(keys[3], now, format('adjust %s %s %d %d unknown %d %d %d 0 0 0 %s', args[3], record.gateway,
                                     record.admitted_at, now, left_requests - record.requests, record.tokens,
                                     left_tokens - record.tokens, record.scopes))
  end
  if closes then
    call('SET', keys[1], 'e spend', 'PX', REMEMBERED)
    mark_ended(keys[4], args[4])
    if not late then call('SREM', keys[2], record.gateway .. '/' .. args[3]) end
  else
    text = format('%s %s %d %d %d %d %d %s %s', state, record.gateway, record.admitted_at, record.slot, left_tokens,
                  left_requests, places, record.booked, record.scopes)
    if late then call('SET', keys[1], text, 'PX', EXPIRED_FOR) else call('SET', keys[1], text) end
  end
  return reply
end

-- args: now, day, charge, its bit
local function release(keys, args)
  begin()
  return finish(keys, args, 'release', 'unknown', {0, 0, 0, 0, 0})
end

local function expire(keys, args)
  begin()
  return finish(keys, args, 'expire', 'gateway_died')
end

local function undo(keys, args)
  begin()
  return finish(keys, args, 'undo', 'unknown', {0, 0, 0, 0, 0})
end

-- Work that was admitted and ended while this store could not be reached, or whose admission this store has lost.
-- keys: charge, ledger, ended, scopes…
-- args: now, day, charge, its bit, gateway, admitted at, reserved, requests, prompt, completion, cached, reasoning,
--       outcome, booked, scopes noted
local function book(keys, args)
  begin()
  local now, day = clock(args[1]), day_of(args[2])
  local before = call('GET', keys[1])
  if before and sub(before, 1, 1) ~= 'e' then return {UNKNOWN, now} end
  if mark_ended(keys[3], args[4]) then return {ENDED, now} end
  local at = min(number_of(args[6]), now)
  local requests, prompt, completion = number(args[8]), number(args[9]), number(args[10])
  local slots = slots_at(at, day)
  local scopes, present = read_scopes(keys, 4, now, day)
  for _, s in each(scopes) do
    for which = 1, 3 do
      local w = s[which]
      if w.calendar or leaves_at(w, slots[which]) > present then add(w, slots[which], requests, prompt + completion) end
    end
    save(s, present)
  end
  if args[14] == '1' then
    write_lines(keys[2], present, format('book %s %s %d %d %s %d %d %d %d %d %d %s', args[3], args[5], at, present,
                                         args[13], requests, number(args[7]), prompt, completion, number(args[11]),
                                         number(args[12]), args[15]))
  end
  return {DONE, present}
end

-- keys: scopes…   args: now, day, 7 limits each scope
local function standing(keys, args)
  begin()
  local asked_at = clock(args[1])
  local scopes, present = read_scopes(keys, 1, asked_at, day_of(args[2]))
  local reply = {present}
  for i, s in each(scopes) do
    tell_standing(reply, s, limits_at(args, 3 + (i - 1) * 7), present, asked_at, true)
  end
  return reply
end

-- Open charges whose gateway is named, or is not (args[1] = "of" or "not_of"), at most args[2]: charge, record, …
-- keys: open set, charge key without the charge
local function open_charges(keys, args)
  begin()
  local named = {}
  for i = 3, #args do named[args[i]] = true end
  local members = call('SMEMBERS', keys[1])
  sort(members)
  local reply, n = {}, 0
  for _, member in each(members) do
    local gateway, charge = match(member, '^([^/]+)/(.+)$')
    if (named[gateway] or false) == (args[1] == 'of') then
      reply[n + 1], reply[n + 2] = charge, call('GET', keys[2] .. charge)
      n = n + 2
      if n >= 2 * number_of(args[2]) then break end
    end
  end
  return reply
end

redis.register_function('ktl1_reserve', reserve)
redis.register_function{function_name = 'ktl1_check', callback = check, flags = {'no-writes'}}
redis.register_function('ktl1_settle', settle)
redis.register_function('ktl1_spend', spend)
redis.register_function('ktl1_release', release)
redis.register_function('ktl1_expire', expire)
redis.register_function('ktl1_undo', undo)
redis.register_function('ktl1_book', book)
redis.register_function{function_name = 'ktl1_standing', callback = standing, flags = {'no-writes'}}
redis.register_function{function_name = 'ktl1_open_charges', callback = open_charges, flags = {'no-writes'}}
