// From lists into `unacked` and out of it.
import { DELAY, NOW } from './scripts.js'

/** Lua hands over so many arguments at a time. */
const CHUNK = 1000

/**
 * KEYS: unacked, unacked_index, started, started_index, then lists; ARGV: limit, lease, worker, first number, then of
 * each list the step, the queue, the tail of its value and whether it holds what was begun. Pops before it records:
 * under `maxmemory` the other order would fail just when messages must go. Answers of each list that had something its
 * place, how many, and these; their fields are numbered in that order.
 */
export const TAKE = `${NOW}
local limit, number = tonumber(ARGV[1]), tonumber(ARGV[4])
local until_, own = string.format('%.6f', now + tonumber(ARGV[2])), 'umbel:' .. ARGV[3] .. ':'
local taken = {}
local function record(popped, first, last, hash, zset, rest, tail)
  local scores, values = {}, {}
  for at = first, last do
    number = number + 1
    local field = own .. string.format('%d', number) .. rest
    scores[#scores + 1] = until_
    scores[#scores + 1] = field
    values[#values + 1] = field
    values[#values + 1] = '[' .. popped[at] .. tail
    taken[#taken + 1] = popped[at]
  end
  redis.call('ZADD', zset, unpack(scores))
  redis.call('HSET', hash, unpack(values))
end
for index = 5, #KEYS do
  if limit <= 0 then break end
  local at = 5 + (index - 5) * 4
  local popped = redis.call('RPOP', KEYS[index], limit)
  if popped and #popped > 0 then
    local hash, zset = KEYS[1], KEYS[2]
    if ARGV[at + 3] == '1' then hash, zset = KEYS[3], KEYS[4] end
    taken[#taken + 1] = index - 5
    taken[#taken + 1] = #popped
    for first = 1, #popped, ${CHUNK} do
      local last = math.min(first + ${CHUNK - 1}, #popped)
      record(popped, first, last, hash, zset, ':' .. ARGV[at] .. ':' .. ARGV[at + 1], ARGV[at + 2])
    end
    limit = limit - #popped
  end
end
return taken
`

/**
 * KEYS: unacked, unacked_index, started, started_index, delayed index, mover; ARGV: lease, how many are only forgotten and
 * their fields, then of each other settlement its kind, field and count of arguments, then these: of `restore` the list
 * and the text, of `forget` seven of each follow-up. Answers the places of those that were not ours any more.
 */
export const SETTLE = `${NOW}${DELAY}
local lost, restores, at, item = {}, {}, 3 + tonumber(ARGV[2]), tonumber(ARGV[2])
local function release(field)
  if redis.call('ZREM', KEYS[2], field) == 1 then redis.call('HDEL', KEYS[1], field) return 1 end
  if redis.call('ZREM', KEYS[4], field) == 1 then redis.call('HDEL', KEYS[3], field) return 1 end
  return 0
end
local function forget(first, last)
  local fields, places = {}, {}
  for each = first, last do
    fields[#fields + 1] = ARGV[each]
    places[#places + 1] = each - 3
  end
  for pair = 1, 3, 2 do
    local removed = redis.call('ZREM', KEYS[pair + 1], unpack(fields))
    if removed == #fields then redis.call('HDEL', KEYS[pair], unpack(fields)) return end
    local others, theirs = {}, {}
    for each, field in ipairs(fields) do
      if removed == 0 or redis.call('HDEL', KEYS[pair], field) == 0 then
        others[#others + 1] = field
        theirs[#theirs + 1] = places[each]
      end
    end
    if #others == 0 then return end
    fields, places = others, theirs
  end
  for _, place in ipairs(places) do lost[#lost + 1] = place end
end
local function start(field)
  if redis.call('ZSCORE', KEYS[4], field) then return 1 end
  local value = redis.call('HGET', KEYS[1], field)
  if not value then return 0 end
  release(field)
  redis.call('ZADD', KEYS[4], string.format('%.6f', now + tonumber(ARGV[1])), field)
  redis.call('HSET', KEYS[3], field, value)
  return 1
end
for first = 3, at - 1, ${CHUNK} do forget(first, math.min(first + ${CHUNK - 1}, at - 1)) end
while at <= #ARGV do
  local kind, field, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local from, done = at + 3, nil
  item = item + 1
  if kind == 'start' then done = start(field)
  else
    local begun = kind == 'restore' and redis.call('ZSCORE', KEYS[4], field)
    done = release(field)
    if done == 1 and kind == 'restore' then
      if begun then restores[#restores + 1] = { ARGV[from + 2], ARGV[from + 3] }
      else restores[#restores + 1] = { ARGV[from], ARGV[from + 1] } end
    elseif done == 1 then
      for p = from, from + count - 1, 7 do
        put(KEYS[5], KEYS[6], ARGV[p], ARGV[p + 1], ARGV[p + 2], ARGV[p + 3], ARGV[p + 4], ARGV[p + 5], ARGV[p + 6], now)
      end
    end
  end
  if done == 0 then lost[#lost + 1] = item - 1 end
  at = from + count
end
for index = #restores, 1, -1 do redis.call('RPUSH', restores[index][1], restores[index][2]) end
return lost
`
