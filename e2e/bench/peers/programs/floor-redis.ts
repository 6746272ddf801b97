// The least that any worker in kombu's keys must do: a script pops a batch into the unacked hash and index, two commands
// take it out again; with `results` each task's result is stored and told, too.
import { Redis } from 'ioredis'
import { envelopeOf, perSecond, readEnvelope, resultOf } from './message.js'

const TAKE = `
local popped = redis.call('RPOP', KEYS[1], ARGV[1])
if not popped then return nil end
for _, text in ipairs(popped) do
  local tag = string.match(text, '"delivery_tag": ?"([^"]+)"')
  redis.call('HSET', KEYS[2], tag, text)
  redis.call('ZADD', KEYS[3], ARGV[2], tag)
end
return popped`
const BATCH = 200
const [list, hash, index] = ['floor', 'floor-unacked', 'floor-index']

const count = Number(process.env['BENCH_COUNT'] ?? 50_000)
const client = new Redis(process.env['BENCH_BROKER_URL'] ?? '', { protocol: 2 })
await client.del(list, hash, index)
const publish = await fill()
const drain = await empty(false)
await fill()
const stored = await empty(true)
client.disconnect()
process.stdout.write(`${JSON.stringify({ publish, drain, stored })}\n`)

async function fill(): Promise<number> {
  const started = performance.now()
  for (let sent = 0; sent < count; sent += 500) {
    const pipeline = client.pipeline()
    for (let number = sent; number < Math.min(count, sent + 500); number++) pipeline.lpush(list, envelopeOf(number))
    await pipeline.exec()
  }
  return perSecond(count, started)
}

async function empty(results: boolean): Promise<number> {
  const started = performance.now()
  for (;;) {
    const taken = (await client.eval(TAKE, 3, list, hash, index, BATCH, Date.now() / 1000)) as string[] | null
    if (taken === null) return perSecond(count, started)
    const tags = taken.map(readEnvelope)
    const pipeline = client.pipeline()
    if (results)
      for (const tag of tags)
        pipeline.setex(`celery-task-meta-${tag}`, 60, resultOf(tag)).publish(`celery-task-meta-${tag}`, resultOf(tag))
    await pipeline
      .zrem(index, ...tags)
      .hdel(hash, ...tags)
      .exec()
  }
}
