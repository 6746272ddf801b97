import type { Seam } from './seams.js'
import type { SeamRun } from './seam-run.js'

/** Seam × lost / begun again / doubled, as text. */
export function seamTable(rows: readonly { readonly seam: Seam; readonly runs: readonly SeamRun[] }[]): string {
  const lines = rows.map(({ seam, runs }) => [
    seam.title,
    String(runs.length),
    lost(
      seam,
      sum(runs, run => run.lost.length)
    ),
    String(sum(runs, run => run.again.length)),
    String(sum(runs, run => run.doubled.length)),
    slowest(runs)
  ])
  return table([['killed', 'times', 'lost', 'again, marked', 'doubled', 'begun by another'], ...lines])
}

/** With columns as wide as their longest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)))
  return rows
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
    )
    .join('\n')
}

function lost({ second }: Seam, count: number): string {
  return second === 'never' && count > 0 ? `${count} (early ack: WorkerLostError)` : String(count)
}

function slowest(runs: readonly SeamRun[]): string {
  const times = runs.flatMap(({ recovery }) => (recovery === undefined ? [] : [recovery]))
  return times.length === 0 ? 'never' : `≤ ${Math.max(...times).toFixed(1)} s`
}

function sum(runs: readonly SeamRun[], count: (run: SeamRun) => number): number {
  return runs.reduce((total, run) => total + count(run), 0)
}
