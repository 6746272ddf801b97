import type { Effect } from '../effects.js'
import { until } from '../until.js'
import { Scene } from './scene.js'

export interface StolenTimes {
  /** Python's visibility timeout, seconds. */
  readonly visibility: number
  /** How long bodies go on while Python is there, seconds; delayed tasks are due a little later. */
  readonly work: number
  /** Of our workers, seconds. */
  readonly lease: number
}

export interface StolenRow {
  readonly title: string
  /** It waited for its time, and either language may run it then. */
  readonly delayed: boolean
  /** Every one, by whomever. */
  readonly starts: readonly Effect[]
  /** The result that its caller got. */
  readonly result: unknown
  /** How many of Python's timeouts went by while it sat there idle. */
  readonly timeouts: number
}

/** Seconds after `work` at which delayed tasks are due: Python has to be there by then. */
const LONGER = 10

interface Case {
  readonly title: string
  readonly task: 'wait' | 'spin' | 'due'
  readonly queue: 'async' | 'inline'
  /** Sent before there is a worker, so that the message lies in the list with its eta. */
  readonly early?: boolean
}

const CASES: readonly Case[] = [
  { title: 'a body that waits, default pool', task: 'wait', queue: 'async' },
  { title: 'while (true), default pool', task: 'spin', queue: 'async' },
  { title: 'an eta, sent as Celery does', task: 'due', queue: 'async', early: true },
  { title: 'a countdown, kept in the store', task: 'due', queue: 'async' },
  { title: 'a body that waits, inline, its thread blocked', task: 'wait', queue: 'inline' },
  { title: 'while (true), inline', task: 'spin', queue: 'inline' }
]

/** Long tasks beside an idle Python worker, the leases renewed. */
export async function runStolen({ visibility, work, lease }: StolenTimes): Promise<readonly StolenRow[]> {
  const scene = await Scene.create({ visibility, lease, renewal: true })
  try {
    const send = async ({ title, task, queue }: Case) => {
      const options = task === 'due' ? { args: [title], countdown: work + LONGER } : { args: [title, scene.gate] }
      return { title, delayed: task === 'due', result: await scene.send(task, queue, options) }
    }
    const early = await Promise.all(CASES.filter(each => each.early === true).map(send))
    await Promise.all([scene.worker('async'), scene.worker('inline')])
    const sent = []
    // One after the other: what waits inline must have begun before its thread is blocked.
    for (const each of CASES.filter(({ early: before }) => before !== true)) {
      sent.push(await send(each))
      if (each.task !== 'due') await begun(scene, each.title)
    }
    await idle(scene, ['async', 'inline'], work)
    const timeouts = work / visibility
    await scene.open()
    const answers = [...early, ...sent].map(async ({ title, delayed, result }) => {
      const answer: unknown = await result.get({ timeout: LONGER + 30 })
      return { title, delayed, result: answer, timeouts }
    })
    const rows = await Promise.all(answers)
    return rows.map(row => ({ ...row, starts: scene.starts(row.title) }))
  } catch (thrown) {
    throw new Error(`${String(thrown)}\n${scene.output()}`, { cause: thrown })
  } finally {
    await scene.close()
  }
}

/** The same without renewal: answers the starts of a task whose message Python has put back. */
export async function runControl({ visibility, lease }: StolenTimes): Promise<StolenRow> {
  const scene = await Scene.create({ visibility, lease, renewal: false })
  const title = 'control: renewal switched off'
  try {
    // One slot, so that it does not take the message back itself.
    await scene.worker('async', 1)
    await scene.send('wait', 'async', { args: [title, scene.gate] })
    await begun(scene, title)
    const since = await scene.python(['async'])
    await until(() => (scene.starts(title).length > 1 ? true : undefined), {
      seconds: visibility * 3 + lease + 10,
      describe: () => `Python restored nothing:\n${scene.output()}`
    })
    const timeouts = (Date.now() - since) / 1000 / visibility
    return { title, delayed: false, starts: scene.starts(title), result: undefined, timeouts }
  } finally {
    await scene.close()
  }
}

/** Python sits there so many seconds. */
async function idle(scene: Scene, queues: readonly string[], seconds: number): Promise<void> {
  const end = (await scene.python(queues)) + seconds * 1000
  await until(() => (Date.now() > end ? true : undefined), { seconds: seconds + 5, describe: () => 'time stood still' })
}

async function begun(scene: Scene, title: string): Promise<void> {
  await until(() => (scene.starts(title).length > 0 ? true : undefined), {
    seconds: 15,
    describe: () => `"${title}" did not begin:\n${scene.output()}`
  })
}

/** For people to read. */
export function stolenTable(rows: readonly StolenRow[], { visibility, work }: StolenTimes): string {
  const line = ({ title, starts, result, timeouts }: StolenRow): string =>
    [
      title,
      starts.length,
      starts.map(({ by = 'typescript' }) => by).join(', '),
      result ?? '-',
      timeouts.toFixed(1)
    ].join(' | ')
  const head = `work ${work} s, Python's visibility_timeout ${visibility} s\ncase | starts | by | result | timeouts of Python's meanwhile`
  return [head, ...rows.map(line)].join('\n')
}
