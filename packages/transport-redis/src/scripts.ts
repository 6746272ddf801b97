// What must happen in one step, in the server. Scores of `unacked_index` are seconds, of delayed messages milliseconds.

export const NOW = `
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
`

/** `put` and `delay`, for what leaves. */
export const DELAY = `
local function delay(index, key, queue, due, member)
  redis.call('ZADD', key, due, member)
  redis.call('ZADD', index, 'LT', due, queue)
end
local function put(index, mover, list, key, queue, due, eta, step, text, now)
  due = tonumber(due)
  local later = due > now * 1000 and (eta == '0' or redis.call('EXISTS', mover) == 1)
  if later then delay(index, key, queue, due, step .. ':' .. text) else redis.call('LPUSH', list, text) end
end
`

/**
 * What is due at once goes to its list; what is due later waits, if somebody lives who moves it or if it does not say
 * its time itself. KEYS: delayed index, mover; ARGV: of each list, delayed key, queue, due, has an eta, step, text.
 */
export const PUT = `${NOW}${DELAY}
for at = 1, #ARGV, 7 do
  put(KEYS[1], KEYS[2], ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4], ARGV[at + 5], ARGV[at + 6], now)
end
`

/**
 * KEYS: delayed index, mover, movers; ARGV: prefix, separator, who moves ('' if nobody should rely on it), for how many
 * seconds. Answers how many were moved, and the server's milliseconds.
 */
export const MOVE = `${NOW}
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4])
  redis.call('ZADD', KEYS[3], string.format('%.0f', now + tonumber(ARGV[4])), ARGV[3])
  redis.call('EXPIRE', KEYS[3], ARGV[4])
end
local moved = 0
local ready = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', math.floor(now * 1000)), 'LIMIT', 0, 100)
for _, queue in ipairs(ready) do
  local key = ARGV[1] .. 'umbel.delayed.' .. queue
  local due = redis.call('ZRANGEBYSCORE', key, '-inf', string.format('%.0f', math.floor(now * 1000)), 'LIMIT', 0, 1000)
  for _, member in ipairs(due) do
    local colon = string.find(member, ':', 1, true)
    local step = string.sub(member, 1, colon - 1)
    local list = ARGV[1] .. queue
    if step ~= '0' then list = list .. ARGV[2] .. step end
    redis.call('LPUSH', list, string.sub(member, colon + 1))
    redis.call('ZREM', key, member)
    moved = moved + 1
  end
  local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
  if first[2] then redis.call('ZADD', KEYS[1], first[2], queue) else redis.call('ZREM', KEYS[1], queue) end
end
return { moved, math.floor(now * 1000) }
`

/**
 * This one moves no more. KEYS: mover, movers, delayed index; ARGV: who. Answers 1 if messages are delayed and nobody is left
 * who moves them.
 */
export const LEAVE = `${NOW}
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', string.format('%.0f', now))
if redis.call('ZCARD', KEYS[2]) > 0 then return 0 end
redis.call('DEL', KEYS[1])
return redis.call('EXISTS', KEYS[3])
`

/**
 * Puts what says its time itself into its list, unless somebody moves again. KEYS: delayed index, delayed key, mover; ARGV:
 * queue, list, separator, how many are passed over, most. Answers how many were put and how many stayed.
 */
export const HAND_BACK = `
if redis.call('EXISTS', KEYS[3]) == 1 then return { 0, 0 } end
local moved, stayed = 0, 0
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '+inf', 'LIMIT', ARGV[4], ARGV[5])) do
  if string.find(member, '"eta": "', 1, true) then
    local colon = string.find(member, ':', 1, true)
    local step, list = string.sub(member, 1, colon - 1), ARGV[2]
    if step ~= '0' then list = list .. ARGV[3] .. step end
    redis.call('LPUSH', list, string.sub(member, colon + 1))
    redis.call('ZREM', KEYS[2], member)
    moved = moved + 1
  else
    stayed = stayed + 1
  end
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if first[2] then redis.call('ZADD', KEYS[1], first[2], ARGV[1]) else redis.call('ZREM', KEYS[1], ARGV[1]) end
return { moved, stayed }
`

/** KEYS: unacked_index, started_index; ARGV: lease, fields. Answers the fields that are not ours any more. */
export const RENEW = `${NOW}
local lost, until_ = {}, string.format('%.6f', now + tonumber(ARGV[1]))
for index = 2, #ARGV do
  local field = ARGV[index]
  if redis.call('ZSCORE', KEYS[1], field) then redis.call('ZADD', KEYS[1], until_, field)
  elseif redis.call('ZSCORE', KEYS[2], field) then redis.call('ZADD', KEYS[2], until_, field)
  else lost[#lost + 1] = field end
end
return lost
`

/** KEYS: unacked_index, started_index; ARGV: lease, what the worker's fields begin with. */
export const RENEW_WORKER = `${NOW}
local until_ = string.format('%.6f', now + tonumber(ARGV[1]))
for _, key in ipairs(KEYS) do
  for _, field in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if string.sub(field, 1, #ARGV[2]) == ARGV[2] then redis.call('ZADD', key, until_, field) end
  end
end
`

/**
 * Gives fields of a holder's earlier connections new names and leases, in the order in which they were taken. KEYS: unacked,
 * unacked_index, started, started_index; ARGV: lease, worker, first number, most, what the fields begin with. Answers of each
 * its field, its value and whether it was begun.
 */
export const ADOPT = `${NOW}
local until_, worker, number = string.format('%.6f', now + tonumber(ARGV[1])), ARGV[2], tonumber(ARGV[3])
local own, found = 'umbel:' .. worker .. ':', {}
for pair = 1, 3, 2 do
  for _, field in ipairs(redis.call('ZRANGE', KEYS[pair + 1], 0, -1)) do
    if string.sub(field, 1, #ARGV[5]) == ARGV[5] and string.sub(field, 1, #own) ~= own and #found < tonumber(ARGV[4]) then
      local taken, rest = string.match(field, '^umbel:[^:]*:(%d+):(.*)$')
      if taken then found[#found + 1] = { field, tonumber(taken), rest, pair } end
    end
  end
end
table.sort(found, function(one, other) return one[2] < other[2] end)
local adopted = {}
for _, entry in ipairs(found) do
  local hash, zset = KEYS[entry[4]], KEYS[entry[4] + 1]
  local value = redis.call('HGET', hash, entry[1])
  redis.call('ZREM', zset, entry[1])
  redis.call('HDEL', hash, entry[1])
  if value then
    number = number + 1
    local field = own .. string.format('%d', number) .. ':' .. entry[3]
    redis.call('ZADD', zset, until_, field)
    redis.call('HSET', hash, field, value)
    adopted[#adopted + 1] = field
    adopted[#adopted + 1] = value
    adopted[#adopted + 1] = entry[4] == 3 and '1' or '0'
  end
end
return adopted
`

/**
 * Fields of ours whose lease has ended, oldest first, each with its score. KEYS: unacked_index (or that of what was begun);
 * ARGV: most, for how many seconds back ('' for ever): what Python holds, delayed tasks too, has scores of long ago, and
 * may be much.
 */
export const EXPIRED = `${NOW}
local found, most, from = {}, tonumber(ARGV[1]), '-inf'
if ARGV[2] ~= '' then from = string.format('%.6f', now - tonumber(ARGV[2])) end
local fields = redis.call('ZRANGEBYSCORE', KEYS[1], from, string.format('%.6f', now), 'WITHSCORES')
for index = 1, #fields, 2 do
  if string.sub(fields[index], 1, 6) == 'umbel:' then
    found[#found + 1] = fields[index]
    found[#found + 1] = fields[index + 1]
  end
  if #found / 2 >= most then break end
end
return found
`

/** The same of what Python took longer ago than its visibility timeout. KEYS: unacked_index; ARGV: visibility timeout, most. */
export const VISIBLE = `${NOW}
local found, most = {}, tonumber(ARGV[2])
local last = string.format('%.6f', now - tonumber(ARGV[1]))
local fields = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', last, 'WITHSCORES')
for index = 1, #fields, 2 do
  if #found / 2 >= most then break end
  if string.sub(fields[index], 1, 6) ~= 'umbel:' then
    found[#found + 1] = fields[index]
    found[#found + 1] = fields[index + 1]
  end
end
return found
`

/** KEYS: a lock; ARGV: the token of whoever holds it. */
export const UNLOCK = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`

/**
 * Puts back, if it has the score at which it was found. KEYS: unacked, unacked_index; ARGV: of each the field, its
 * score, the text, how many lists, and these. Answers how many.
 */
export const RESTORE = `
local places, at = {}, 1
while at <= #ARGV do
  places[#places + 1] = at
  at = at + 4 + tonumber(ARGV[at + 3])
end
local restored = 0
for index = #places, 1, -1 do
  local at = places[index]
  if redis.call('ZSCORE', KEYS[2], ARGV[at]) == ARGV[at + 1] then
    redis.call('ZREM', KEYS[2], ARGV[at])
    redis.call('HDEL', KEYS[1], ARGV[at])
    for list = at + 4, at + 3 + tonumber(ARGV[at + 3]) do redis.call('RPUSH', ARGV[list], ARGV[at + 2]) end
    restored = restored + 1
  end
end
return restored
`
