import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Channel, Connection, Delivery, Outgoing } from '@umbel/transport'
import { sql } from '@umbel/transport-sql'
import { type RunningScript, runScript, temporaryFolder, until } from '@umbel/test-kit'

describe('processes on one file', () => {
  let folder: ReturnType<typeof temporaryFolder>
  let path: string
  let connection: Connection
  let channel: Channel
  const running: RunningScript[] = []

  beforeEach(async () => {
    folder = temporaryFolder()
    path = join(folder.path, 'umbel.db')
    connection = await sql().connect(`sqlite://${path}`, { lease: 1 })
    channel = await connection.openChannel()
  })
  afterEach(async () => {
    await connection.close()
    for (const fixture of running.splice(0)) {
      fixture.process.stdin?.end()
      await fixture.exit
    }
    folder.dispose()
  })

  function run(name: string, ...parameters: readonly string[]): RunningScript {
    const fixture = runScript(new URL(`./fixtures/${name}.js`, import.meta.url), `sqlite://${path}`, ...parameters)
    running.push(fixture)
    return fixture
  }

  async function consumer(lease: string, mode: string): Promise<RunningScript> {
    const fixture = run('consumer', lease, mode)
    await until(() => fixture.lines.includes('ready'))
    return fixture
  }

  const message = (id: string): Outgoing => ({
    exchange: '',
    routingKey: 'work',
    message: {
      headers: { id },
      properties: { contentType: 'text/plain', contentEncoding: 'utf-8' },
      body: Buffer.from(id)
    }
  })
  const counts = async () => (await channel.stat(['work']))[0]

  it('loses none and doubles none with three producers and two consumers', async () => {
    const consumers = await Promise.all([consumer('10', 'ack'), consumer('10', 'ack')])
    const producers = ['a', 'b', 'c'].map(origin => run('producer', origin, '1000'))
    await Promise.all(producers.map(producer => producer.exit))
    expect(producers.map(producer => producer.lines)).toEqual([['1000'], ['1000'], ['1000']])
    const received = (): string[] => consumers.flatMap(each => each.lines.filter(line => line !== 'ready'))
    await until(() => received().length >= 3000)
    await until(async () => (await counts())?.unacked === 0)
    expect(new Set(received()).size).toBe(3000)
    expect(received()).toHaveLength(3000)
    expect(await counts()).toMatchObject({ ready: 0, unacked: 0, delayed: 0, consumers: 2 })
  })

  it('hands what a killed process held to another within seconds, marked', async () => {
    const victim = await consumer('1', 'hold')
    await channel.publish(['1', '2', '3'].map(message))
    await until(() => victim.lines.length === 4)
    const heir = await consumer('1', 'ack')
    expect(heir.lines).toEqual(['ready'])
    const start = performance.now()
    victim.process.kill('SIGKILL')
    expect(await victim.exit).toEqual({ code: null, signal: 'SIGKILL' })
    await until(() => heir.lines.length === 4)
    expect(performance.now() - start).toBeLessThan(5000)
    expect(heir.lines).toEqual(['ready', '1 again', '2 again', '3 again'])
    await until(async () => (await counts())?.unacked === 0)
  })

  it('keeps the lease of a process that blocks its thread, with a lease thread', async () => {
    const blocked = await consumer('1', 'block')
    const other = await consumer('1', 'ack')
    const received = (): string[] => [...blocked.lines, ...other.lines].filter(line => /^\d/.test(line))
    await until(async () => {
      if (blocked.lines.length > 1) return true
      await channel.publish([message(String(received().length))])
      return blocked.lines.length > 1
    })
    await until(() => blocked.lines.some(line => line.startsWith('acked')))
    expect(received().filter(line => line.endsWith('again'))).toEqual([])
    expect(blocked.lines.filter(line => line.startsWith('lost'))).toEqual([])
  })

  it('wakes a consumer of another process in milliseconds', async () => {
    await consumer('10', 'ack').then(other => other.process.stdin?.end())
    const times: number[] = []
    let arrived: (() => void) | undefined
    const deliver = (batch: readonly Delivery[]): void => {
      void channel.settle(batch.map(({ tag }) => ({ tag, kind: 'ack' })))
      arrived?.()
    }
    await channel.consume(['reply'], { deliver, lost: () => undefined }, { prefetch: 1 })
    const echo = run('echo')
    await until(() => echo.lines.includes('ready'))
    for (let round = 0; round < 50; round++) {
      const start = performance.now()
      await new Promise<void>(resolve => {
        arrived = resolve
        void channel.publish([message(String(round))])
      })
      times.push((performance.now() - start) / 2)
    }
    times.sort((a, b) => a - b)
    // One way; the safety poll alone would take hundreds.
    expect(times[25]).toBeLessThan(10)
    if (process.env['UMBEL_PRINT'] !== undefined)
      process.stdout.write(`one way p50 ${times[25]?.toFixed(2)} ms, p95 ${times[47]?.toFixed(2)} ms\n`)
  })
})
