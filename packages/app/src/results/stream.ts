import type { Handle } from '@umbel/canvas'
import { createDeferred } from '@umbel/runtime'
import type { ResultGetOptions } from './options.js'

type Ended<R> = readonly [id: string, value: R | Error]

/** Each member's id and value as it ends. Leaving the loop ends the waiting for the others. */
export async function* asTheyEnd<R>(
  members: readonly Handle<R>[],
  options: ResultGetOptions<R>
): AsyncGenerator<Ended<R>> {
  const left = new AbortController()
  const signal = options.signal === undefined ? left.signal : AbortSignal.any([left.signal, options.signal])
  const ended: Promise<Ended<R>>[] = []
  let arrival = createDeferred<void>()
  for (const member of members) {
    const outcome = member.get({ ...options, signal }).then(value => [member.id, value] as const)
    const arrive = (): void => {
      ended.push(outcome)
      arrival.resolve()
    }
    outcome.then(arrive, arrive)
  }
  try {
    for (let told = 0; told < members.length; told++) {
      if (ended.length === 0) await arrival.promise
      arrival = createDeferred()
      yield await (ended.shift() as Promise<Ended<R>>)
    }
  } finally {
    left.abort(new Error('nobody waits any more'))
  }
}
