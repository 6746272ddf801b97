import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { SERVERS, type ServerName } from '../src/grounds.js'
import { limited } from '../src/limited.js'
import { type SeamAnswer, seamFaults } from '../src/seam-checks.js'
import { runSeam } from '../src/seam-run.js'
import { seamTable } from '../src/seam-table.js'
import { type Seam, seams } from '../src/seams.js'

const AT_ONCE = 4

/** An early ack is an ack on a broker that cannot mark what was started: what a killed worker had is gone, and nobody is told. */
function applies({ second }: Seam, broker: ServerName): boolean {
  return second !== 'never' || broker !== 'rabbitmq'
}

/** All of them in `npm run soak`. */
const SHORT = ['mid-body', 'after-result-before-ack', 'after-commit', 'before-join:2', 'after-join', 'after-commit:3']
const chosen =
  process.env['UMBEL_SOAK'] === '1'
    ? seams
    : seams.filter(
        ({ failpoint, second }) => SHORT.includes(failpoint) && (second !== 'never' || failpoint === 'mid-body')
      )

const runs = SERVERS.flatMap(broker =>
  chosen.filter(seam => applies(seam, broker)).map(seam => ({ broker, seam, title: `${broker}: ${seam.title}` }))
)

describe('a process killed at a seam', () => {
  const answers = new Map<string, SeamAnswer>()

  beforeAll(async () => {
    await limited(runs, AT_ONCE, async ({ broker, seam, title }) => {
      answers.set(title, await runSeam(seam, broker).catch((error: Error) => error))
    })
  }, 400_000)

  afterAll(() => {
    const rows = runs.map(({ seam, title }) => {
      const answer = answers.get(title)
      return { seam: { ...seam, title }, runs: answer === undefined || 'message' in answer ? [] : [answer] }
    })
    process.stderr.write(`\n${seamTable(rows)}\n\n`)
  })

  it.each(runs.map(run => [run.title, run] as const))('%s', (title, { seam }) => {
    const answer = answers.get(title)
    if (answer === undefined || 'message' in answer) throw answer ?? new Error('it was not run')
    expect(seamFaults(seam, answer)).toEqual([])
  })
})
