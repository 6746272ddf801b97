import { getEventListeners } from 'node:events'

/** What keeps a process busy: resources of the event loop by kind, and listeners on the process. */
export type Census = ReadonlyMap<string, number>

export function takeCensus(): Census {
  const census = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) census.set(kind, (census.get(kind) ?? 0) + 1)
  for (const event of process.eventNames()) census.set(`process.on(${String(event)})`, process.listenerCount(event))
  return census
}

/** What there is more of than before; empty when nothing was left behind. */
export function remainsSince(before: Census): readonly string[] {
  return [...takeCensus()]
    .map(([kind, count]) => ({ kind, more: count - (before.get(kind) ?? 0) }))
    .filter(({ more }) => more > 0)
    .map(({ kind, more }) => `${more} × ${kind}`)
}

export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length
}

/** Waits until nothing is left: what was closed may need some turns to go. @throws Error naming what stayed */
export async function expectNothingRemains(before: Census, within = 2000): Promise<void> {
  const end = performance.now() + within
  for (;;) {
    const remains = remainsSince(before)
    if (remains.length === 0) return
    if (performance.now() > end) throw new Error(`left behind: ${remains.join(', ')}`)
    await new Promise(resolve => {
      setImmediate(resolve)
    })
  }
}
