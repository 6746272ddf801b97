import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { limited } from '../src/limited.js'
import { runSeam, type SeamRun } from '../src/seam-run.js'
import { type SeamAnswer, seamFaults } from '../src/seam-checks.js'
import { seamTable } from '../src/seam-table.js'
import { seams } from '../src/seams.js'

const AT_ONCE = 4

describe('a process killed at a seam', () => {
  const answers = new Map<string, SeamAnswer>()

  beforeAll(async () => {
    await limited(seams, AT_ONCE, async seam => {
      answers.set(seam.title, await runSeam(seam).catch((error: Error) => error))
    })
  }, 120_000)

  afterAll(() => {
    const rows = seams.map(seam => {
      const answer = answers.get(seam.title)
      return { seam, runs: answer === undefined || 'message' in answer ? [] : [answer] }
    })
    process.stderr.write(`\n${seamTable(rows)}\n\n`)
  })

  it.each(seams.map(seam => [seam.title, seam] as const))('%s', (title, seam) => {
    expect(seamFaults(seam, runOf(title))).toEqual([])
  })

  it('[T-07][W-24] what is acknowledged early starts once, what is acknowledged late comes back, marked', () => {
    const early = runOf('early ack, mid-task')
    expect([early.before.length, early.after.length]).toEqual([1, 0])
    const late = runOf('late ack, mid-task')
    expect(late.before.map(({ redelivered }) => redelivered)).toEqual([false])
    expect(late.after.map(({ redelivered }) => redelivered)).toEqual([true])
    const unstarted = runOf('early ack, after fetch, before record')
    expect([unstarted.before.length, unstarted.after.length]).toEqual([0, 1])
  })

  function runOf(title: string): SeamRun {
    const answer = answers.get(title)
    if (answer === undefined || 'message' in answer) throw answer ?? new Error('it was not run')
    return answer
  }
})
