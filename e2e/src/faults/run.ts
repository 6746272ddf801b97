import { setTimeout as pause } from 'node:timers/promises'
import { tally } from '../tally.js'
import { until } from '../until.js'
import type { Fault } from './cases.js'
import { Scene, type SceneOptions } from './scene.js'

export interface FaultRun {
  readonly fault: Fault
  readonly broker: Scene['broker']
  /** How many tasks were accepted while it lasted. */
  readonly accepted: number
  readonly lost: readonly string[]
  /** Begun again, marked. */
  readonly again: number
  /** Begun again without a mark. */
  readonly doubled: readonly string[]
  /** From the broker's return to the first task that was sent after it, seconds. */
  readonly seconds: number
  /** What else was wrong. */
  readonly trouble: readonly string[]
}

/** Consuming again within so many seconds of the broker's return. */
export const RECOVERY = 10
/** For all that was accepted to be done. */
const DRAIN = 30
/** Seconds of peace between two faults. */
const PEACE = 0.5

/** All faults of a broker, one after the other, to the same worker and client. */
export async function runFaults(
  chosen: readonly Fault[],
  options: SceneOptions,
  told: (run: FaultRun | Error, fault: Fault) => void
): Promise<void> {
  const scene = await Scene.create(options)
  try {
    for (const fault of chosen.filter(({ brokers }) => brokers.includes(options.broker))) {
      told(await runFault(scene, fault).catch((error: Error) => error), fault)
      await scene.revive().catch(() => undefined)
      await pause(PEACE * 1000)
    }
  } finally {
    await scene.close()
  }
}

async function runFault(scene: Scene, fault: Fault): Promise<FaultRun> {
  const { project, worker, client } = scene
  const before = stateOf(scene)
  await fault.make(scene)
  const back = Date.now()
  const ran = await scene.probe(`${fault.id}.${back}`, RECOVERY * 2)
  fault.undo?.(scene)
  const accepted = project.accepted()
  const lost = (): readonly string[] => tally(accepted, project.effects.read()).lost
  await until(() => (lost().length === 0 ? true : undefined), {
    seconds: DRAIN,
    describe: () => 'some are lost'
  }).catch(() => undefined)
  const ended = [worker, client].filter(({ running }) => !running).map(({ name }) => `the ${name} ended`)
  const sending = await sendsAgain(scene, accepted.length)
  const hearing = await hearsCommands(scene)
  const after = stateOf(scene)
  return {
    fault,
    broker: scene.broker,
    accepted: accepted.length - before.accepted,
    lost: lost(),
    again: after.again.size - before.again.size,
    doubled: [...after.doubled].filter(key => !before.doubled.has(key)),
    seconds: (ran - back) / 1000,
    trouble: [...ended, ...sending, ...hearing]
  }
}

async function sendsAgain({ project }: Scene, count: number): Promise<readonly string[]> {
  try {
    const more = (): true | undefined => (project.accepted().length > count ? true : undefined)
    await until(more, { seconds: RECOVERY, describe: () => `the client sends nothing ${RECOVERY} s later` })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

/** Where commands come over a connection of their own (Redis), a silent one is asked every 5 s and has 10 s to answer. */
const HEARING = 20

/** Remote control hangs on the connection, and comes back with it. */
async function hearsCommands({ app }: Scene): Promise<readonly string[]> {
  const ping = async (): Promise<true | undefined> => {
    const replies = await app.control.ping({ limit: 1, timeout: 1 }).catch(() => [])
    return replies.length > 0 ? true : undefined
  }
  try {
    await until(ping, { seconds: HEARING, describe: () => `the worker hears no commands ${HEARING} s later` })
    return []
  } catch (error) {
    return [(error as Error).message]
  }
}

interface State {
  readonly accepted: number
  readonly again: ReadonlySet<string>
  readonly doubled: ReadonlySet<string>
}

function stateOf({ project }: Scene): State {
  const { again, doubled } = project.tally()
  return { accepted: project.accepted().length, again: new Set(again), doubled: new Set(doubled) }
}

/** What is wrong with a run, as sentences; none: all is well. */
export function faultsOf({ lost, doubled, seconds, trouble }: FaultRun): readonly string[] {
  return [
    ...(lost.length > 0 ? [`lost: ${lost.join(', ')}`] : []),
    ...(doubled.length > 0 ? [`begun twice without a mark: ${doubled.join(', ')}`] : []),
    ...(seconds > RECOVERY ? [`consumed again after ${seconds.toFixed(1)} s`] : []),
    ...trouble
  ]
}
