-- All that is counted of one scope, in one hash:
--   S          the head: in flight, latest instant seen, hour until which the key is kept, "c" or "r" for the day, then
--              of minute, hour and day: first slice, last - first, the last slice's requests and tokens, all requests
--              and tokens, debt
--   m… h… d…   slices
--   L          the three token limits under which debt is being paid; meaningful only while there is debt
-- The key expires a little over a day after its last use; debt keeps it until it is paid.

local KEPT = 25 * HOUR
local KEPT_UNPAYABLE = 366 * DAY
local WINDOW = ' (%d+) (%-?%d+) (%-?%d+) (%-?%d+) (%-?%d+) (%-?%d+) (%d+)'
local HEAD = '^(%d+) (%d+) (%d+) (%l)' .. WINDOW .. WINDOW .. WINDOW .. '$'
local HEAD_FORMAT = '%d %d %d %s %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d %d'
local REQUEST_LIMITS, TOKEN_LIMITS, CONCURRENT = {1, 2, 3}, {4, 5, 6}, 7

-- `now`: what the caller said (tests), or else this server's clock.
local function clock(word)
  if word ~= '' then return number_of(word) end
  local time = call('TIME')
  return time[1] * 1000 + floor(time[2] / 1000)
end

-- `day`: the zone's offset from UTC in ms, or "r" for a day that rolls.
local function day_of(word)
  if word == 'r' then return nil end
  return number_of(word)
end

-- A limit, which the caller keeps under NO_LIMIT; "-1" is none.
local function bound(word)
  if word == '-1' then return NO_LIMIT end
  return number_of(word)
end

local function slots_at(instant, day)
  return {floor(instant / LENGTHS[1]), floor(instant / LENGTHS[2]),
          day and floor((instant + day) / DAY) or floor(instant / LENGTHS[3])}
end

-- Reads a scope. `slots`: those slices will be needed too.
local function read_scope(key, day, slots)
  local got
  if slots then
    got = call('HMGET', key, 'S', 'm' .. slots[1], 'h' .. slots[2], 'd' .. slots[3])
  else
    got = {call('HGET', key, 'S')}
  end
  local s, head = {key = key, in_flight = 0, seen = 0, kept = 0}, nil
  if got[1] then
    head = {match(got[1], HEAD)}
    s.in_flight, s.seen, s.kept = number_of(head[1]), number_of(head[2]), number_of(head[3])
  end
  for which = 1, 3 do
    local w = window_of(head, which * 7 - 2, which, which == 3 and day or nil)
    w.key = key
    s[which] = w
    if slots and not w.calendar and slots[which] ~= w.last then
      local r, t = match(got[which + 1] or '', '^(%-?%d+) (%-?%d+)$')
      w.r, w.t, w.changed = {[slots[which]] = r and number_of(r) or false}, {[slots[which]] = number_of(t)}, {}
    end
  end
  if head and head[4] ~= (day and 'c' or 'r') then s[3].strange = true end
  return s
end

local function in_debt(s) return s[1].debt + s[2].debt + s[3].debt > 0 end

-- Brings the windows to the instant `now`. Debt was paid under the limits that the last caller told, not under today's.
local function advance(s, now, slots)
  local limits
  if in_debt(s) then
    local words = call('HGET', s.key, 'L')
    local tpm, tph, daily = match(words, '^(%d+) (%d+) (%d+)$')
    limits = {number_of(tpm), number_of(tph), number_of(daily)}
    s.paying = limits
  end
  for which = 1, 3 do
    local w = s[which]
    if w.strange then adopt(w, slots[which]) end
    if w.calendar then
      advance_calendar(w, slots[which], limits and limits[3] or NO_LIMIT)
    else
      advance_rolling(w, now, limits and limits[which])
    end
  end
end

-- All scopes of a call at one instant: the latest that any of them has seen, so that a clock that goes back never opens
-- a window again.
local function read_scopes(keys, first, now, day, slots)
  local scopes, present = {}, now
  for i = first, #keys do
    local s = read_scope(keys[i], day, slots)
    s.asked_at = now
    scopes[i - first + 1] = s
    present = max(present, s.seen)
  end
  local present_slots = slots_at(present, day)
  for _, s in each(scopes) do advance(s, present, present_slots) end
  return scopes, present, present_slots
end

local function kept_until(s, now, limits)
  local until_instant = now + KEPT
  for which = 1, 3 do
    if s[which].debt > 0 then
      local limit = limits[which]
      local clear = limit > 0 and tokens_clear_at(s[which], limit, now) or now + KEPT_UNPAYABLE
      until_instant = max(until_instant, clear)
    end
  end
  return floor((until_instant + HOUR - 1) / HOUR)
end

-- `limits`: the three token limits that hold from now on (nil: those that held).
local function save(s, now, limits)
  local debt = in_debt(s)
  limits = limits or s.paying
  local kept = kept_until(s, now, limits)
  local m, h, d = s[1], s[2], s[3]
  local puts, n, gone, g = {'S', ''}, 2, {}, 0
  puts[2] = format(HEAD_FORMAT, s.in_flight, now, kept, d.calendar and 'c' or 'r',
                   m.first, m.last - m.first, m.last_requests, m.last_tokens, m.requests, m.tokens, m.debt,
                   h.first, h.last - h.first, h.last_requests, h.last_tokens, h.requests, h.tokens, h.debt,
                   d.first, d.last - d.first, d.last_requests, d.last_tokens, d.requests, d.tokens, d.debt)
  for which = 1, 3 do
    local w = s[which]
    if w.changed then
      for i in every(w.changed) do
        local name = format('%s%d', w.letter, i)
        if w.r[i] then
          puts[n + 1], puts[n + 2] = name, format('%d %d', w.r[i], w.t[i])
          n = n + 2
        else
          g = g + 1
          gone[g] = name
        end
      end
    end
  end
  if debt then
    puts[n + 1], puts[n + 2] = 'L', format('%d %d %d', limits[1], limits[2], limits[3])
    n = n + 2
  end
  for start = 1, n, 2000 do call('HSET', s.key, spread(puts, start, min(n, start + 1999))) end
  for start = 1, g, 2000 do call('HDEL', s.key, spread(gone, start, min(g, start + 1999))) end
  if kept ~= s.kept then call('PEXPIRE', s.key, format('%d', kept * HOUR - s.asked_at)) end
end

-- The seven limits of a scope, from the words at `first`.
local function limits_at(args, first)
  local limits = {}
  for kind = 1, 7 do limits[kind] = bound(args[first + kind - 1]) end
  return limits
end

local function token_limits(limits) return {limits[4], limits[5], limits[6]} end

local function fits(s, limits, tokens, requests, places)
  if places > 0 and s.in_flight + places > limits[CONCURRENT] then return false end
  for which = 1, 3 do
    local w = s[which]
    if requests > 0 and w.requests + requests > limits[which] then return false end
    if tokens > 0 and w.tokens + w.debt + tokens > limits[which + 3] then return false end
  end
  return true
end

-- The refusal with the longest wait among this scope's limits: {kind, allowed, used, requested, wait or -1 for never}.
local function refusal(s, limits, tokens, requests, places, now, asked_at)
  local longest
  local function refuse(kind, used, ask, fits_at)
    local wait = -1
    if ask <= limits[kind] then wait = fits_at() - asked_at end
    if not longest or (longest[5] >= 0 and (wait < 0 or wait > longest[5])) then
      longest = {kind, limits[kind], used, ask, wait}
    end
  end
  if places > 0 and s.in_flight + places > limits[CONCURRENT] then
    refuse(CONCURRENT, s.in_flight, places, function() return asked_at + 1000 end)
  end
  for which = 1, 3 do
    local w = s[which]
    if requests > 0 and w.requests + requests > limits[which] then
      refuse(which, w.requests, requests, function() return requests_fit_at(w, limits[which], requests, now) end)
    end
    if tokens > 0 and w.tokens + w.debt + tokens > limits[which + 3] then
      refuse(which + 3, w.tokens + w.debt, tokens,
             function() return tokens_fit_at(w, limits[which + 3], tokens, now) end)
    end
  end
  return longest
end

-- Appends used and wait-until-clear of each kind of limit: of all seven, or of those that are limited.
local function tell_standing(reply, s, limits, now, asked_at, all)
  local n = #reply
  for which = 1, 3 do
    local w = s[which]
    if all or limits[which] < NO_LIMIT then
      reply[n + 1], reply[n + 2] = w.requests, w.requests > 0 and requests_clear_at(w, now) - asked_at or 0
      n = n + 2
    end
  end
  for which = 1, 3 do
    local w, limit = s[which], limits[which + 3]
    if all or limit < NO_LIMIT then
      local used = w.tokens + w.debt
      reply[n + 1], reply[n + 2] = used, used > 0 and tokens_clear_at(w, limit, now) - asked_at or 0
      n = n + 2
    end
  end
  if all or limits[CONCURRENT] < NO_LIMIT then reply[n + 1], reply[n + 2] = s.in_flight, 0 end
end

-- The longest refusal among all scopes, as a reply; nil if all have room.
local function refused(scopes, limits, tokens, requests, places, present, asked_at)
  local reply
  for i, s in each(scopes) do
    if not fits(s, limits[i], tokens, requests, places) then
      local r = refusal(s, limits[i], tokens, requests, places, present, asked_at)
      if not reply or (reply[7] >= 0 and (r[5] < 0 or r[5] > reply[7])) then
        reply = {0, i - 1, r[1] - 1, r[2], r[3], r[4], r[5]}
      end
    end
  end
  return reply
end
