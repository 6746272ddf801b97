import { describe, expect, it } from '@jest/globals'
import { drained, killAtRandom, sendLoad } from '../src/load.js'
import { withProject } from '../src/project.js'

const soak = process.env['UMBEL_SOAK'] === '1' ? describe : describe.skip

soak('a minute on one SQLite file', () => {
  it.each(['late', 'early'])(
    'two workers and three clients, %s ack: none lost, none doubled',
    async ack => {
      await withProject(async project => {
        await project.worker({ concurrency: 4 })
        await project.worker({ concurrency: 4 })
        await sendLoad(project, ack, { seconds: 60, clients: 3 })
        expect(await drained(project, 300)).toEqual({ lost: [], again: [], doubled: [] })
        process.stderr.write(`\n${ack} ack: ${project.accepted().length} tasks\n`)
      })
    },
    400_000
  )

  it('workers that are killed at random, late ack: none lost, what began again is marked', async () => {
    await withProject(async project => {
      const load = sendLoad(project, 'late', { seconds: 60, clients: 3 })
      const killed = await killAtRandom(project, load, { choice: { concurrency: 4, lease: 1 }, random: Math.random })
      const { lost, again, doubled } = await drained(project, 300)
      process.stderr.write(
        `\n${project.accepted().length} tasks, ${killed} workers killed: lost ${lost.length}, again ${again.length}, doubled ${doubled.length}\n`
      )
      expect({ lost, doubled }).toEqual({ lost: [], doubled: [] })
      expect(killed).toBeGreaterThan(5)
    })
  }, 400_000)
})
