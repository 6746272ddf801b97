import type { Pool } from '../contract.js'
import { PoolProbe, type ProbeOptions } from './pool-probe.js'

export interface PoolSetup {
  /** Not started. */
  create(options: ProbeOptions): Pool
  /** Who shares a thread: jobs with the control side, jobs with each other (two executors), or none with another. */
  readonly sharing: 'control' | 'jobs' | 'none'
}

/** Runs the work on a started pool, and looks afterwards whether each job was reported just once. */
export async function withProbe(
  setup: PoolSetup,
  options: ConstructorParameters<typeof PoolProbe>[1],
  work: (probe: PoolProbe) => Promise<void>
): Promise<void> {
  const probe = await new PoolProbe(setup.create, options).start()
  try {
    await work(probe)
  } finally {
    await probe.pool.terminate?.()
  }
  if (probe.wrongly.length > 0) throw new Error(`reported more than once: ${probe.wrongly.join(', ')}`)
}
