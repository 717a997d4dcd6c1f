import { COUNTS_KEPT_MS } from './registry.ts'

/**
 * What is kept in Redis, below one prefix:
 * - `gateways`: every gateway, by when it is gone unless it says that it is there;
 * - `people:<gateway>`: whom it has;
 * - `seats:<person>`: how somebody is, by gateway, and in the field `told` what was said of them last;
 * - `sockets:<name>`: how many sockets there are of a user, or from an address, by gateway;
 * - `leaving`: who is nowhere, by when they are gone if they do not come back.
 * A person is `<shard>:<tenant>:<user>`. Each script is one step that no other comes between: of whatever happens one gateway tells, once.
 * Times are those of Redis, so that gateways need not agree on one; tests bring their own.
 */
const shared = `
local prefix = KEYS[1]
local gateways, leaving = prefix .. ':gateways', prefix .. ':leaving'
local now, gateway, life, grace = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
if now == 0 then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local function seatsOf(person) return prefix .. ':seats:' .. person end
local function peopleOf(id) return prefix .. ':people:' .. id end
local function tell(person, standing, at)
  local shard = string.match(person, '^%d+')
  redis.call('PUBLISH', prefix .. ':changes:' .. shard, standing .. ' ' .. string.format('%.0f', at) .. ' ' .. person)
end
-- What their seats come to ('' for none), and what was said of them last (nil for nothing).
local function standingOf(seats)
  local standing, told = '', nil
  for i = 1, #seats, 2 do
    if seats[i] == 'told' then told = seats[i + 1]
    elseif string.sub(seats[i + 1], 1, 6) == 'active' then standing = 'active'
    elseif standing == '' then standing = 'away' end
  end
  return standing, told
end
local function settle(person)
  local key = seatsOf(person)
  local standing, told = standingOf(redis.call('HGETALL', key))
  if standing ~= '' then
    redis.call('ZREM', leaving, person)
    if standing ~= told then
      redis.call('HSET', key, 'told', standing)
      tell(person, standing, now)
    end
  elseif told then redis.call('ZADD', leaving, 'NX', now + grace, person) end
end
`

/** [now, gateway, life, grace, person, seat, ...] -> 0 where nobody knows the gateway. */
export const PUT = `${shared}
if not redis.call('ZSCORE', gateways, gateway) then return 0 end
for i = 5, #ARGV, 2 do
  local person, seat = ARGV[i], ARGV[i + 1]
  if seat == '' then
    redis.call('HDEL', seatsOf(person), gateway)
    redis.call('SREM', peopleOf(gateway), person)
  else
    redis.call('HSET', seatsOf(person), gateway, seat)
    redis.call('SADD', peopleOf(gateway), person)
  end
  settle(person)
end
return 1
`

/** [now, gateway, life, grace, how many may be swept] -> [known, more, person, at, ...] */
export const BEAT = `${shared}
local left = tonumber(ARGV[5])
local known = redis.call('ZSCORE', gateways, gateway) and 1 or 0
redis.call('ZADD', gateways, now + life, gateway)
local answer = { known, 0 }
local function leave(person, at)
  redis.call('DEL', seatsOf(person))
  redis.call('ZREM', leaving, person)
  tell(person, 'gone', at)
  answer[#answer + 1] = person
  answer[#answer + 1] = string.format('%.0f', at)
end
if left == 0 then return answer end
local silent = redis.call('ZRANGEBYSCORE', gateways, '-inf', now, 'WITHSCORES')
for i = 1, #silent, 2 do
  local id, seen = silent[i], tonumber(silent[i + 1]) - life
  if left > 0 then
    local people = redis.call('SPOP', peopleOf(id), left)
    left = left - #people
    for _, person in ipairs(people) do
      redis.call('HDEL', seatsOf(person), id)
      if standingOf(redis.call('HGETALL', seatsOf(person))) == '' then leave(person, seen) else settle(person) end
    end
    if redis.call('SCARD', peopleOf(id)) == 0 then redis.call('ZREM', gateways, id) end
  end
end
if left > 0 then
  local due = redis.call('ZRANGEBYSCORE', leaving, '-inf', now, 'WITHSCORES', 'LIMIT', 0, left)
  left = left - #due / 2
  for i = 1, #due, 2 do leave(due[i], tonumber(due[i + 1]) - grace) end
end
if left <= 0 then answer[2] = 1 end
return answer
`

/** [now, gateway, life, grace, name, how many here, ...] -> of each how many the other gateways have. */
export const COUNT = `${shared}
local answer = {}
for i = 5, #ARGV, 2 do
  local key = prefix .. ':sockets:' .. ARGV[i]
  if ARGV[i + 1] == '0' then redis.call('HDEL', key, gateway)
  else
    redis.call('HSET', key, gateway, ARGV[i + 1])
    redis.call('PEXPIRE', key, ${COUNTS_KEPT_MS})
  end
  local others = 0
  local counts = redis.call('HGETALL', key)
  for j = 1, #counts, 2 do
    if counts[j] ~= gateway then
      local silent = redis.call('ZSCORE', gateways, counts[j])
      if silent and tonumber(silent) > now then others = others + tonumber(counts[j + 1])
      else redis.call('HDEL', key, counts[j]) end
    end
  end
  answer[#answer + 1] = others
end
return answer
`

/** [now, gateway, life, grace, 1 with their sockets, person, ...] -> of each its seats, parted by spaces; what was said last while they may come back. */
export const FIND = `${shared}
local alive = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', gateways, '(' .. string.format('%.0f', now), '+inf')) do alive[id] = true end
local answer = {}
for i = 6, #ARGV do
  local found = {}
  local seats = redis.call('HGETALL', seatsOf(ARGV[i]))
  for j = 1, #seats, 2 do
    if alive[seats[j]] then
      local rest = ARGV[5] == '0' and string.find(seats[j + 1], ',s:', 1, true)
      found[#found + 1] = rest and string.sub(seats[j + 1], 1, rest - 1) or seats[j + 1]
    end
  end
  if #found == 0 and #seats > 0 then
    local _, told = standingOf(seats)
    local due = redis.call('ZSCORE', leaving, ARGV[i])
    if told and due and tonumber(due) > now then found[1] = told end
  end
  answer[#answer + 1] = table.concat(found, ' ')
end
return answer
`
