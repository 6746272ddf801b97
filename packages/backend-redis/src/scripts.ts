// What must happen in one step, in the server. Keys come by name, so that a cluster can place them.

/** State of a stored meta; what precedence allows is stored and told. */
const PUT = `
local function state_of(key)
  local head = redis.call('GETRANGE', key, 0, 63)
  if head == '' then return nil end
  local state = string.match(head, '^{"status": ?"([^"]+)"')
  if state then return state end
  local ok, meta = pcall(cjson.decode, redis.call('GET', key))
  return ok and type(meta) == 'table' and meta.status or redis.call('GET', key .. '.state') or nil
end
-- What is no JSON, or compressed, has its state beside it.
local function set(key, text, ttl)
  if ttl > 0 then redis.call('SET', key, text, 'EX', ttl) else redis.call('SET', key, text) end
end
local final = { SUCCESS = true, FAILURE = true, REVOKED = true }
local held = { FAILURE = true, REVOKED = true, ABORTED = true }
local unready = { PENDING = true, RECEIVED = true, STARTED = true, REJECTED = true, RETRY = true }
local function put(key, state, text, ttl)
  local before = state_of(key)
  if before == 'SUCCESS' or (held[before] and not final[state]) then return end
  if state == 'STARTED' and before and not unready[before] then return end
  set(key, text, ttl)
  if not string.match(text, '^{"status": ?"') then set(key .. '.state', state, ttl) end
  redis.call('PUBLISH', key, text)
end
local function keep(ttl, ...)
  if ttl <= 0 then return end
  for _, key in ipairs({...}) do redis.call('EXPIRE', key, ttl) end
end
`

/**
 * Complete as soon as there are as many parts as wanted, unless a Python worker has claimed it. The parts move to a key
 * of ours and the counters go; the mark `done` keeps Celery from counting a late part again.
 */
const JOIN = `
local function is_list(parts, ordered)
  local kind = redis.call('TYPE', parts).ok
  if kind == 'none' then return not ordered end
  return kind == 'list'
end
local function count_of(parts)
  if is_list(parts, true) then return redis.call('LLEN', parts) end
  return redis.call('ZCARD', parts)
end
local function complete_if_full(parts, size, extra, counted, claim, state, kept, pending, group, now, ttl)
  local wanted = redis.call('GET', size)
  if not wanted or redis.call('EXISTS', claim) == 1 then return 0 end
  wanted = tonumber(wanted) + tonumber(redis.call('GET', extra) or '0')
  if count_of(parts) < wanted then return 0 end
  if redis.call('EXISTS', parts) == 1 then redis.call('RENAME', parts, kept) end
  redis.call('DEL', size, extra, counted)
  redis.call('SET', claim, 'done')
  redis.call('HSET', state, 'completed', now)
  redis.call('ZADD', pending, now, group)
  keep(ttl, kept, state, claim)
  return 1
end
`

/** KEYS: metas; ARGV: ttl, then state and text of each. */
export const STORE = `${PUT}
local ttl = tonumber(ARGV[1])
for index, key in ipairs(KEYS) do put(key, ARGV[index * 2], ARGV[index * 2 + 1], ttl) end
`

/**
 * KEYS: meta, .j, .s, .t, .d, .c, state, kept parts, pending joins;
 * ARGV: ttl, now, group, task, state of the task, text, keep the meta, score, member, body, keep the order.
 * What others have begun goes on as they began it, a sorted set or a list.
 */
export const STORE_PART = `${PUT}${JOIN}
local meta, parts, size, extra, counted, claim, state, kept, pending = unpack(KEYS)
local ttl, now, group, task, score = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4], ARGV[8]
if redis.call('HEXISTS', state, 'part:' .. task) == 1 then return 0 end
if ARGV[7] == '1' then put(meta, ARGV[5], ARGV[6], ttl) end
if redis.call('GET', claim) == 'done' or redis.call('HEXISTS', state, 'completed') == 1 then return 0 end
redis.call('HSET', state, 'part:' .. task, redis.call('HINCRBY', state, 'arrived', 1))
if ARGV[10] ~= '' then redis.call('HSETNX', state, 'body', ARGV[10]) end
if redis.call('SADD', counted, task .. ':' .. score) == 1 then
  if is_list(parts, ARGV[11] == '1') then redis.call('RPUSH', parts, ARGV[9])
  else redis.call('ZADD', parts, score, ARGV[9]) end
end
keep(ttl, parts, size, extra, counted, state)
return complete_if_full(parts, size, extra, counted, claim, state, kept, pending, group, now, ttl)
`

/** KEYS: .j, .s, .t, .d, .c, state, kept parts, pending joins; ARGV: ttl, now, group, size, body. */
export const OPEN = `${PUT}${JOIN}
local parts, size, extra, counted, claim, state, kept, pending = unpack(KEYS)
local ttl = tonumber(ARGV[1])
if redis.call('HEXISTS', state, 'opened') == 1 or redis.call('HEXISTS', state, 'completed') == 1 then return 0 end
redis.call('HSET', state, 'opened', 1, 'body', ARGV[5])
redis.call('SET', size, ARGV[4])
redis.call('PUBLISH', size, ARGV[4])
keep(ttl, size, parts, extra, counted, state)
return complete_if_full(parts, size, extra, counted, claim, state, kept, pending, ARGV[3], ARGV[2], ttl)
`

/** KEYS: .t, state; ARGV: ttl, by. */
export const GROW = `${PUT}
if redis.call('HEXISTS', KEYS[2], 'completed') == 1 then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[2])
keep(tonumber(ARGV[1]), KEYS[1])
return 1
`

/** KEYS: pending joins; ARGV: complete until, claim (the new time, or empty), most. */
export const PENDING = `
local groups = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
if ARGV[2] ~= '' then for _, group in ipairs(groups) do redis.call('ZADD', KEYS[1], 'XX', ARGV[2], group) end end
return groups
`

/** KEYS: state, kept parts, pending joins; ARGV: ttl, group. All is forgotten but that it was joined. */
export const CONFIRM = `${PUT}
local completed = redis.call('HGET', KEYS[1], 'completed')
redis.call('ZREM', KEYS[3], ARGV[2])
if not completed then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'completed', completed)
keep(tonumber(ARGV[1]), KEYS[1])
return 1
`
