import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { runControl, runStolen, type StolenRow, stolenTable, type StolenTimes } from '../../src/stolen/run.js'

/** An idle Python worker beside tasks that last several of its visibility timeouts. */
export function stolenSuite(times: StolenTimes): void {
  let control: StolenRow
  let rows: readonly StolenRow[] = []

  beforeAll(
    async () => {
      ;[control, rows] = await Promise.all([runControl(times), runStolen(times)])
    },
    (times.work + 150) * 1000
  )

  afterAll(() => {
    process.stderr.write(`\n${stolenTable([control, ...rows], times)}\n\n`)
  })

  it('[TR-10] without renewal Python restores what runs and runs it again, so that this test can fail', () => {
    const [first, second] = control.starts
    expect([first?.by, second?.by, second?.redelivered]).toEqual([undefined, 'python', true])
  })

  it('[TR-10] with it each starts once, and its caller gets its answer', () => {
    expect(rows.map(({ title, starts }) => [title, starts.length])).toEqual(rows.map(({ title }) => [title, 1]))
    const running = rows.filter(({ delayed }) => !delayed)
    expect(running.map(({ result }) => result)).toEqual(running.map(() => 'typescript'))
    expect(rows.length).toBe(6)
  })
}
