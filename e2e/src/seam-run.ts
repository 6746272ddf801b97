import type { Effect } from './effects.js'
import type { BrokerName } from './grounds.js'
import { type Project, withProject } from './project.js'
import type { Seam } from './seams.js'
import type { Exit } from './spawned.js'
import type { Tally } from './tally.js'
import { until } from './until.js'

export interface SeamRun extends Tally {
  readonly exit: Exit
  /** Bodies begun in the killed worker. */
  readonly before: readonly Effect[]
  /** Bodies begun in the second one. */
  readonly after: readonly Effect[]
  /** From when the killed one is dead and the second one ready to the first of `after`, seconds; undefined: nothing began again. */
  readonly recovery: number | undefined
  /** What the result store says of what was accepted; undefined: nothing. */
  readonly results: readonly (string | undefined)[]
  /** From then until nothing was left to do, seconds. */
  readonly settled: number
  /** Of the body of a chord. */
  readonly bodies: number
}

const LEASE = 1

/** Kills at the seam, lets a second worker take over, and counts once nothing is left to do. */
export function runSeam(seam: Seam, broker: BrokerName = 'sqlite'): Promise<SeamRun> {
  const run = (project: Project): Promise<SeamRun> =>
    seam.victim === 'worker' ? killWorker(project, seam) : killClient(project, seam)
  return withProject(run, broker)
}

async function killWorker(project: Project, seam: Seam): Promise<SeamRun> {
  const first = await project.worker({ lease: LEASE, failpoint: seam.failpoint })
  await project.client(...seam.work).finished()
  const exit = await first.exit()
  await project.worker({ lease: LEASE })
  const killed = Date.now()
  return await outcome(project, { seam, exit, killed, first: first.pid })
}

async function killClient(project: Project, seam: Seam): Promise<SeamRun> {
  const exit = await project.clientWith({ env: { UMBEL_FAILPOINT: seam.failpoint } }, ...seam.work).exit()
  await project.worker({ lease: LEASE })
  const killed = Date.now()
  return await outcome(project, { seam, exit, killed, first: 0 })
}

async function outcome(
  project: Project,
  facts: { readonly seam: Seam; readonly exit: Exit; readonly killed: number; readonly first: number }
): Promise<SeamRun> {
  const { seam, exit, killed, first } = facts
  await settled(project, seam)
  const done = (Date.now() - killed) / 1000
  const starts = project.effects.read().filter(({ kind }) => kind === 'start')
  const after = starts.filter(({ pid }) => pid !== first)
  const [again] = after
  return {
    ...project.tally(),
    exit,
    before: starts.filter(({ pid }) => pid === first),
    after,
    results: await project.results(),
    settled: done,
    recovery: again === undefined ? undefined : Math.max(0, again.at - killed) / 1000,
    bodies: starts.filter(({ key }) => key.endsWith('.body')).length
  }
}

/** The killed one was cleared up behind, every join is confirmed and no message is left. */
async function settled(project: Project, seam: Seam): Promise<void> {
  const seen = { queue: '', joins: 0, lost: [] as readonly string[] }
  await until(
    async () => {
      const queue = await project.queue()
      const { consumers = 1, ready, unacked = 0, delayed = 0 } = queue
      seen.queue = JSON.stringify(queue)
      seen.joins = await project.pendingJoins()
      seen.lost = project.tally().lost
      const empty = consumers === 1 && ready + unacked + delayed + seen.joins === 0
      return empty && (seam.second === 'never' || seen.lost.length === 0) ? true : undefined
    },
    {
      seconds: 30,
      describe: () => `${seam.title}: not settled: ${JSON.stringify(seen)}\n${project.output()}`
    }
  )
}
