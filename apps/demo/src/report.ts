import { isDeepStrictEqual } from 'node:util'

export interface Answer {
  readonly got: unknown
  readonly wanted: unknown
  /** What a person reads. */
  readonly said: string
}

/** Prints each step with its answer and the time it took, and remembers whether all were right. */
export class Report {
  #wrong = 0

  async check(step: string, work: () => Promise<Answer>): Promise<void> {
    const started = performance.now()
    const { right, said } = await outcome(work)
    const seconds = ((performance.now() - started) / 1000).toFixed(2)
    if (!right) this.#wrong++
    process.stdout.write(`  ${right ? '✓' : '✗'} ${step.padEnd(46)} ${seconds.padStart(6)} s   ${said}\n`)
  }

  /** The exit code. */
  finish(): number {
    return this.#wrong === 0 ? 0 : 1
  }
}

async function outcome(work: () => Promise<Answer>): Promise<{ right: boolean; said: string }> {
  try {
    const { got, wanted, said } = await work()
    const right = isDeepStrictEqual(got, wanted)
    return { right, said: right ? said : `WRONG: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}` }
  } catch (error) {
    return { right: false, said: `FAILED: ${error instanceof Error ? error.message : String(error)}` }
  }
}
