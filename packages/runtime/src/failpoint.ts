/** A named seam of the program at which a test may kill it. */
export type Failpoint = (name: string) => void

export interface FailpointOptions {
  /** `name`, or `name:n` for the n-th passage; nothing: no failpoint is armed. */
  readonly setting: string | undefined
  /** Default: SIGKILL to this process, whichever thread asks. */
  readonly kill?: () => void
}

/** Kills the process at the seam that the environment variable UMBEL_FAILPOINT names. Free when it is not set. */
export const failpoint: Failpoint = createFailpoint({ setting: process.env['UMBEL_FAILPOINT'] })

/** A failpoint with a setting of its own. @throws RangeError for a count that is not a positive integer */
export function createFailpoint(options: FailpointOptions): Failpoint {
  const { setting, kill = killSelf } = options
  if (setting === undefined || setting === '') return pass
  const { name, times } = parse(setting)
  let passages = 0
  return reached => {
    if (reached === name && ++passages === times) kill()
  }
}

function pass(): void {}

function parse(setting: string): { readonly name: string; readonly times: number } {
  const colon = setting.lastIndexOf(':')
  if (colon === -1) return { name: setting, times: 1 }
  const times = Number(setting.slice(colon + 1))
  if (!Number.isInteger(times) || times < 1)
    throw new RangeError(`UMBEL_FAILPOINT: expected 'name' or 'name:n' with n ≥ 1, got '${setting}'`)
  return { name: setting.slice(0, colon), times }
}

function killSelf(): void {
  process.kill(process.pid, 'SIGKILL')
  // The signal is on its way; nothing behind the seam may still happen.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}
