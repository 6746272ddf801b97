import { afterAll, describe, expect, it } from '@jest/globals'
import { limited } from '../src/limited.js'
import { seamFaults } from '../src/seam-checks.js'
import { runSeam, type SeamRun } from '../src/seam-run.js'
import { seamTable } from '../src/seam-table.js'
import { seams } from '../src/seams.js'

const soak = process.env['UMBEL_SOAK'] === '1' ? describe : describe.skip
const TIMES = 20
const AT_ONCE = 4

soak(`killed at each seam ${TIMES} times`, () => {
  const rows = seams.map(seam => ({ seam, runs: [] as SeamRun[] }))

  afterAll(() => {
    process.stderr.write(`\n${seamTable(rows)}\n\n`)
  })

  it.each(rows.map(row => [row.seam.title, row] as const))(
    '%s',
    async (_title, { seam, runs }) => {
      const times = Array.from({ length: TIMES })
      await limited(times, AT_ONCE, async () => {
        runs.push(await runSeam(seam))
      })
      expect(runs.flatMap(run => seamFaults(seam, run))).toEqual([])
    },
    300_000
  )
})
