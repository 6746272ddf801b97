import { table } from '../seam-table.js'
import type { Fault } from './cases.js'
import { type FaultRun, faultsOf } from './run.js'

/** case × broker × lost / doubled / seconds */
export function faultTable(
  rows: readonly { readonly broker: string; readonly fault: Fault; readonly run: FaultRun | Error | undefined }[]
): string {
  const head = ['fault', '', 'broker', 'accepted', 'lost', 'again, marked', 'doubled', 'consuming again', '']
  const lines = rows.map(({ broker, fault, run }) => [fault.id, fault.title, broker, ...cells(run)])
  return table([head, ...lines])
}

function cells(run: FaultRun | Error | undefined): readonly string[] {
  if (run === undefined) return ['', '', '', '', '', 'not run']
  if ('message' in run) return ['', '', '', '', '', `FAILED: ${run.message.split('\n')[0]}`]
  const { accepted, lost, again, doubled, seconds } = run
  const [wrong = 'ok'] = faultsOf(run)
  return [
    accepted,
    lost.length,
    again,
    doubled.length,
    `${Math.max(0, seconds).toFixed(1)} s`,
    wrong.slice(0, 100)
  ].map(String)
}
