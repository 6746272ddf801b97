import type { Seam } from './seams.js'
import type { SeamRun } from './seam-run.js'

export type SeamAnswer = SeamRun | Error

/** Longest time until another worker begins what a killed one had, seconds. */
const RECOVERY = 10

/** What is wrong with a run, as sentences; none: all is well. */
export function seamFaults(seam: Seam, run: SeamRun): readonly string[] {
  const faults = [...commonFaults(seam, run), ...secondFaults(seam, run)]
  if (seam.work[0] === 'chord' && run.bodies !== 1) faults.push(`the body of the chord began ${run.bodies} times`)
  return faults
}

function commonFaults(seam: Seam, { exit, lost, doubled }: SeamRun): readonly string[] {
  const faults: string[] = []
  if (exit.signal !== 'SIGKILL') faults.push(`the ${seam.victim} ended with ${exit.signal ?? `code ${exit.code}`}`)
  if (doubled.length > 0) faults.push(`begun twice without a mark: ${doubled.join(', ')}`)
  if (seam.second !== 'never' && lost.length > 0) faults.push(`lost: ${lost.join(', ')}`)
  return faults
}

function secondFaults({ second }: Seam, run: SeamRun): readonly string[] {
  return second === 'never' ? neverFaults(run) : againFaults(second, run)
}

/** Early ack: nobody runs it again, and whoever waits is told. */
function neverFaults({ after, results, settled }: SeamRun): readonly string[] {
  const faults: string[] = []
  if (after.length > 0) faults.push(`acknowledged early, yet begun by another worker: ${after[0]?.key}`)
  const untold = results.filter(result => result !== 'SUCCESS' && result !== 'WorkerLostError')
  if (untold.length > 0) faults.push(`acknowledged early, and its result says ${untold[0] ?? 'nothing'}`)
  if (settled > RECOVERY) faults.push(`told after ${settled} s`)
  return faults
}

function againFaults(second: 'again' | 'once', { after, recovery }: SeamRun): readonly string[] {
  const faults: string[] = []
  if (recovery === undefined || recovery > RECOVERY) faults.push(`another worker began after ${recovery ?? '∞'} s`)
  if (second === 'again' && !after.some(({ redelivered }) => redelivered)) faults.push('nothing was marked redelivered')
  return faults
}
