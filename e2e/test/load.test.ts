import { describe, expect, it } from '@jest/globals'
import { drained, sendLoad } from '../src/load.js'
import { BROKERS } from '../src/grounds.js'
import { withProject } from '../src/project.js'

const SECONDS = 3

describe.each(BROKERS)('two workers and three clients on %s', broker => {
  it('[W-03][W-04] share the load: none lost, none doubled, each worker under its own name does a part', async () => {
    await withProject(async project => {
      const workers = [
        await project.worker({ hostname: 'one@%h', concurrency: 4 }),
        await project.worker({ hostname: 'two@%h', concurrency: 4 })
      ]
      await sendLoad(project, 'late', { seconds: SECONDS, clients: 3 })
      expect(await drained(project, 60)).toEqual({ lost: [], again: [], doubled: [] })
      const pids = new Set(project.effects.read().map(({ pid }) => pid))
      expect([...pids].sort()).toEqual(workers.map(({ pid }) => pid).sort())
      expect(workers.map(({ output }) => /(\w+)@\S+ ready/.exec(output)?.[1])).toEqual(['one', 'two'])
      process.stderr.write(`\nload: ${project.accepted().length} tasks in ${SECONDS} s on ${broker}\n`)
    }, broker)
  }, 100_000)
})
