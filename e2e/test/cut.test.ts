import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openClient, readTargets } from '@umbel/redis'
import { ask } from '../src/database.js'
import { urlOf } from '../src/grounds.js'
import { type Project, withProject } from '../src/project.js'
import { until } from '../src/until.js'

/** Short, so that another worker would soon have what nobody renews. */
const LEASE = 1

/** Ends the connections of the worker of this name. */
const CUTS = {
  redis: (hostname: string) => cutRedis(hostname),
  // Nobody is told apart there: the other worker's connections, too.
  postgres: (_hostname: string, { ground }: Project) =>
    ask(
      ground.broker,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    )
} as const

describe.each(['redis', 'postgres'] as const)('a worker whose connection to %s is cut', broker => {
  it('keeps what it runs, early ack and late, though its slots are full and another worker waits for work', async () => {
    await withProject(async project => {
      const hostname = `cut-${process.pid}@e2e`
      const worker = await project.worker({ lease: LEASE, concurrency: 2, hostname })
      const gate = join(project.folder, 'gate')
      await project.client('hold', 'late', gate).finished()
      await project.client('holdEarly', 'early', gate).finished()
      const starts = () => project.effects.read().filter(({ kind }) => kind === 'start')
      const describeStarts = () => `${starts().length} started\n${project.output()}`
      await until(() => (starts().length === 2 ? true : undefined), { seconds: 10, describe: describeStarts })
      await project.worker({ lease: LEASE, concurrency: 2 })
      await CUTS[broker](hostname, project)
      await worker.prints(/Connected to (redis|postgres)/)
      const end = Date.now() + LEASE * 4000
      await until(() => (Date.now() > end ? true : undefined), { seconds: 10, describe: describeStarts })
      await project.open(gate)
      const empty = async () => {
        const { ready, unacked } = await project.queue()
        return ready === 0 && unacked === 0 ? true : undefined
      }
      await until(empty, { seconds: 10, describe: () => `not all is settled:\n${project.output()}` })
      expect(starts().map(({ key, pid }) => [key, pid])).toEqual([
        ['late', worker.pid],
        ['early', worker.pid]
      ])
      expect(await project.results()).toEqual(['SUCCESS', 'SUCCESS'])
    }, broker)
  })
})

async function cutRedis(name: string): Promise<void> {
  const [target] = readTargets(urlOf('redis'), { masterName: undefined, sentinelPassword: undefined, tls: false })
  if (target === undefined) throw new Error('the URL names no server')
  const client = await openClient(target, { connectTimeout: 5, commandTimeout: 5, name: undefined, keepAlive: false })
  try {
    const all = String(await client.client('LIST')).split('\n')
    const ids = all.filter(line => line.includes(` name=${name} `)).map(line => /^id=(\d+)/.exec(line)?.[1] ?? '')
    for (const id of ids) await client.client('KILL', 'ID', id)
    expect(ids).not.toEqual([])
  } finally {
    client.disconnect()
  }
}
