import type { Project, WorkerChoice } from './project.js'
import type { Spawned } from './spawned.js'
import type { Tally } from './tally.js'
import { until } from './until.js'

export interface LoadOptions {
  readonly seconds: number
  readonly clients: number
}

/** Clients send and wait for results, twenty at a time each. Resolves when they have ended. */
export async function sendLoad(project: Project, task: string, { seconds, clients }: LoadOptions): Promise<void> {
  const all = Array.from({ length: clients }, (_, index) => project.client('load', task, `c${index}`, String(seconds)))
  await Promise.all(all.map(client => client.finished(seconds + 90)))
}

/** Waits until nothing is left to do, and counts. */
export async function drained(project: Project, seconds: number): Promise<Tally> {
  let seen = ''
  await until(
    async () => {
      const queue = await project.queue()
      const { lost } = project.tally()
      seen = `${JSON.stringify(queue)}, ${lost.length} not done`
      // RabbitMQ does not say what is unacknowledged.
      const uncounted = queue.unacked === undefined ? lost.length : 0
      return queue.ready + (queue.unacked ?? 0) + (queue.delayed ?? 0) + uncounted === 0 ? true : undefined
    },
    { seconds, describe: () => `not drained: ${seen}` }
  )
  return project.tally()
}

export interface Killing {
  readonly choice: WorkerChoice
  readonly random: () => number
}

/** Kills a worker at random and starts another, until the work is done. Answers how many were killed. */
export async function killAtRandom(
  project: Project,
  work: Promise<unknown>,
  { choice, random }: Killing
): Promise<number> {
  const workers: Spawned[] = [await project.worker(choice), await project.worker(choice)]
  let working = true
  let killed = 0
  const ended = work.finally(() => {
    working = false
  })
  while (working) {
    const index = Math.floor(random() * workers.length)
    const effects = project.effects.read().length
    // It dies in the midst of work: after some more effects than there are now.
    const more = effects + 1 + Math.floor(random() * 2000)
    await Promise.race([ended, until(() => (project.effects.read().length >= more ? true : undefined), WAIT)])
    await workers[index]?.kill()
    workers[index] = await project.worker(choice)
    killed++
  }
  await ended
  return killed
}

const WAIT = { seconds: 30, describe: () => 'the workers do no work' }
