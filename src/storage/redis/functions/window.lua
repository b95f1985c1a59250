#!lua name=ktl1
-- One window of a scope: the rules of quota/rolling_window.h and quota/calendar_day.h, over the fields of a hash.
-- A rolling window's sums, its first and its last slice are in the scope's head (scope.lua); every other slice that is
-- in use is a field of its own ("m3520000000"), read only when a call needs it. A calendar day is in the head alone.

local SLICES = 120
local HOUR, DAY = 3600000, 86400000
local LENGTHS = {500, 30000, 720000}  -- of a slice of the minute, the hour and the rolling day
local LETTERS = {'m', 'h', 'd'}
local NO_LIMIT = 2 ^ 52    -- no sum reaches it, and all arithmetic below it is exact
local MOST_TOKENS = 2 ^ 40 -- more in one charge is counted as this

-- Redis shows a library none of these while it is loaded: each function begins with begin().
local call, floor, max, min, match, gmatch, gsub, format, sub, sort, join
local number_of, spread, every, each

local function begin()
  if call then return end
  number_of, spread, every, each = tonumber, unpack, pairs, ipairs
  call, floor, max, min, sort, join = redis.call, math.floor, math.max, math.min, table.sort, table.concat
  match, gmatch, gsub, format, sub = string.match, string.gmatch, string.gsub, string.format, string.sub
end

local function clamp(value, low, high) return max(low, min(value, high)) end

-- `head`: the words of the scope's head, those of this window from `at` on. first > last: no slice is in use.
local function window_of(head, at, which, calendar)
  if not head then
    return {letter = LETTERS[which], length = calendar and DAY or LENGTHS[which], calendar = calendar,
            first = 1, last = 0, last_requests = 0, last_tokens = 0, requests = 0, tokens = 0, debt = 0}
  end
  local first = number_of(head[at])
  return {letter = LETTERS[which], length = calendar and DAY or LENGTHS[which], calendar = calendar,
          first = first, last = first + head[at + 1],
          last_requests = number_of(head[at + 2]), last_tokens = number_of(head[at + 3]),
          requests = number_of(head[at + 4]), tokens = number_of(head[at + 5]), debt = number_of(head[at + 6])}
end

-- The operator changed what a day is: all that is counted moves into the present slice, so that nothing is forgiven.
local function adopt(w, now)
  w.first, w.last, w.last_requests, w.last_tokens, w.strange = now, now, w.requests, w.tokens, nil
end

local function leaves_at(w, index) return (index + SLICES + 1) * w.length - 1 end

-- Makes sure that the slices from..to, all before the last, are known: counts in `r` and `t`, `r` false if not in use.
local function know(w, from, to)
  if not w.r then w.r, w.t, w.changed = {}, {}, {} end
  if w.complete then return end
  local names, indices, n = {}, {}, 0
  for i = from, to do
    if w.r[i] == nil then
      n = n + 1
      names[n], indices[n] = format('%s%d', w.letter, i), i
    end
  end
  for start = 1, n, 1000 do
    local stop = min(n, start + 999)
    local got = call('HMGET', w.key, spread(names, start, stop))
    for k = start, stop do
      local r, t = match(got[k - start + 1] or '', '^(%-?%d+) (%-?%d+)$')
      w.r[indices[k]], w.t[indices[k]] = r and number_of(r) or false, number_of(t)
    end
  end
end

local function slice(w, i)
  if i == w.last then return w.last_requests, w.last_tokens end
  know(w, i, i)
  return w.r[i], w.t[i]
end

-- The first slice in use after `i`; requires i < last.
local function next_after(w, i)
  local from, chunk = i + 1, 4
  while from < w.last do
    local to = min(from + chunk, w.last) - 1
    know(w, from, to)
    for k = from, to do
      if w.r[k] then return k end
    end
    from, chunk = to + 1, chunk * 2
  end
  return w.last
end

local function know_all(w)
  if w.first > w.last or w.complete then return end
  know(w, w.first, w.last - 1)
  w.complete = true
end

local function add(w, i, requests, tokens)
  if w.calendar then
    if w.first ~= i then return end
  elseif w.first > w.last then
    w.first, w.last, w.last_requests, w.last_tokens = i, i, requests, tokens
  elseif i == w.last then
    w.last_requests, w.last_tokens = w.last_requests + requests, w.last_tokens + tokens
  else
    if i > w.last then
      local was = w.last
      if not w.r then w.r, w.t, w.changed = {}, {}, {} end
      w.r[was], w.t[was], w.changed[was] = w.last_requests, w.last_tokens, true
      w.last, w.last_requests, w.last_tokens = i, requests, tokens
    else
      know(w, i, i)
      w.r[i], w.t[i], w.changed[i] = (w.r[i] or 0) + requests, (w.r[i] and w.t[i] or 0) + tokens, true
      w.first = min(w.first, i)
    end
  end
  w.requests, w.tokens = w.requests + requests, w.tokens + tokens
end

local function repay(w, i, limit)
  local paid = min(w.debt, limit - w.tokens)
  if paid <= 0 then return end
  w.debt = w.debt - paid
  add(w, i, 0, paid)
end

-- The oldest slice leaves. That was in the last millisecond of the slice SLICES later: debt is paid there, however late
-- it is noticed.
local function pop_front(w, limit)
  local i = w.first
  local requests, tokens = slice(w, i)
  if i == w.last then
    w.first, w.last, w.last_requests, w.last_tokens = 1, 0, 0, 0
  else
    local following = next_after(w, i)
    w.r[i], w.changed[i] = false, true
    w.first = following
    if following == w.last then w.r[following] = nil end
  end
  w.requests, w.tokens = w.requests - requests, w.tokens - tokens
  if w.debt > 0 then repay(w, i + SLICES, limit) end
end

-- While debt fills the whole window, each round of it pays one limit and looks like the round before.
local function skip_rounds(w, now, limit)
  if w.tokens ~= limit or limit <= 0 then return end
  local rounds = min(floor(w.debt / limit), floor((now - leaves_at(w, w.first)) / (SLICES * w.length)))
  if rounds <= 0 then return end
  know_all(w)
  local shift, moved = rounds * SLICES, {}
  for i = w.first, w.last - 1 do
    if w.r and w.r[i] then
      moved[i + shift] = w.t[i]
      w.r[i], w.changed[i] = false, true
    end
  end
  for i, tokens in every(moved) do w.r[i], w.t[i], w.changed[i] = 0, tokens, true end
  w.debt, w.first, w.last = w.debt - rounds * limit, w.first + shift, w.last + shift
  w.requests, w.last_requests = 0, 0
end

local function all_gone(w)
  if w.first < w.last then
    if not w.r then w.r, w.t, w.changed = {}, {}, {} end
    for i = w.first, w.last - 1 do w.r[i], w.changed[i] = false, true end
  end
  w.first, w.last, w.last_requests, w.last_tokens, w.requests, w.tokens = 1, 0, 0, 0, 0, 0
end

local function advance_rolling(w, now, limit)
  if w.debt == 0 then
    if w.first <= w.last and leaves_at(w, w.last) <= now then return all_gone(w) end
    while w.first <= w.last and leaves_at(w, w.first) <= now do pop_front(w, limit) end
    return
  end
  know_all(w)
  while w.first <= w.last and leaves_at(w, w.first) <= now do
    skip_rounds(w, now, limit)
    if leaves_at(w, w.first) <= now then pop_front(w, limit) end
  end
  repay(w, floor(now / w.length), limit)
end

local function advance_calendar(w, today, limit)
  if w.first ~= today then
    local whole_days = max(0, today - w.first - 1)
    if limit > 0 and w.debt > 0 then w.debt = whole_days > floor(w.debt / limit) and 0 or w.debt - whole_days * limit end
    w.first, w.last, w.requests, w.tokens = today, today, 0, 0
  end
  if w.debt > 0 then
    local paid = clamp(limit - w.tokens, 0, w.debt)
    w.tokens, w.debt = w.tokens + paid, w.debt - paid
  end
end

-- Changes what was counted in slice `i` by the differences; nothing if that slice has left.
local function correct(w, i, requests, tokens, now, limit)
  if w.calendar then
    if w.first ~= i then return end
  elseif w.first > w.last or i < w.first or i > w.last or not slice(w, i) then
    return
  end
  local excess = tokens > 0 and clamp(w.tokens + tokens - limit, 0, tokens) or 0
  add(w, i, requests, tokens - excess)
  w.debt = w.debt + excess
  if w.debt == 0 then return end
  if w.calendar then advance_calendar(w, i, limit) else repay(w, floor(now / w.length), limit) end
end

local function days_for(amount, limit)
  if limit <= 0 or amount <= 0 then return 0 end
  return floor((amount - 1) / limit) + 1
end

local function midnight(w, days) return (w.first + days) * DAY - w.calendar end

local function copy_of(w)
  know_all(w)
  local copy = {}
  for name, value in every(w) do copy[name] = value end
  copy.r, copy.t, copy.changed, copy.complete = {}, {}, {}, true
  for i = w.first, w.last - 1 do copy.r[i], copy.t[i] = w.r[i], w.t[i] end
  return copy
end

-- The first instant at which `ask` fits under the limit if nothing else comes. Requires that it does not fit now, and
-- ask <= limit.
local function requests_fit_at(w, limit, ask, now)
  if w.calendar then return midnight(w, 1) end
  local over, i = w.requests + ask - limit, w.first
  while i <= w.last do
    over = over - slice(w, i)
    if over <= 0 then return leaves_at(w, i) end
    i = i < w.last and next_after(w, i) or i + 1
  end
  return now
end

local function tokens_fit_at(w, limit, ask, now)
  if w.calendar then return midnight(w, limit > 0 and 1 + days_for(w.debt + ask - limit, limit) or 1) end
  local over, i = w.tokens + w.debt + ask - limit, w.first
  while i <= w.last do
    local _, tokens = slice(w, i)
    over = over - tokens
    if over <= 0 then return leaves_at(w, i) end
    i = i < w.last and next_after(w, i) or i + 1
  end
  -- What is alive now does not leave enough room: the debt needs more than this window. Live through it on a copy.
  local later, instant = copy_of(w), now
  while later.tokens + later.debt + ask > limit and later.first <= later.last do
    local rounds = (later.tokens == limit and limit > 0) and floor((later.debt + ask - 1) / limit) - 1 or 0
    if rounds > 0 then skip_rounds(later, leaves_at(later, later.first) + rounds * SLICES * w.length, limit) end
    instant = leaves_at(later, later.first)
    pop_front(later, limit)
  end
  return instant
end

-- The first instant at which nothing that is counted now counts any more.
local function requests_clear_at(w, now)
  if w.calendar then return w.requests > 0 and midnight(w, 1) or now end
  if w.first > w.last then return now end
  if w.last_requests > 0 then return leaves_at(w, w.last) end
  know_all(w)
  for i = w.last - 1, w.first, -1 do
    if w.r[i] and w.r[i] > 0 then return leaves_at(w, i) end
  end
  return now
end

local function tokens_clear_at(w, limit, now)
  if w.calendar then
    if w.tokens + w.debt == 0 then return now end
    return midnight(w, limit > 0 and 1 + days_for(w.debt, limit) or 1)
  end
  if w.debt > 0 then return limit > 0 and tokens_fit_at(w, limit, limit, now) or now + SLICES * w.length end
  if w.first > w.last then return now end
  if w.last_tokens > 0 then return leaves_at(w, w.last) end
  know_all(w)
  for i = w.last - 1, w.first, -1 do
    if w.r[i] and w.t[i] > 0 then return leaves_at(w, i) end
  end
  return now
end
