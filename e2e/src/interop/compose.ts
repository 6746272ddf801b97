import { chunks, type Signature, xmap, xstarmap } from '@umbel/canvas'
import type { Umbel } from 'umbel'
import type { Call, CallParts, TaskCall } from './call.js'

/** Of a plan nobody knows the types: each verb is called as from JavaScript. */
type Compose = (...parts: unknown[]) => Signature

/** A call of a plan as this language composes it. */
export function compose(app: Umbel, call: Call): Signature {
  const { link = [], linkError = [], options, stamps } = call
  let made = composed(app, call).set(readOptions(options))
  if (stamps !== undefined) made = made.stamp(stamps)
  for (const each of link) made = made.link(compose(app, each) as Signature<[unknown]>)
  for (const each of linkError) made = made.linkError(compose(app, each))
  return made
}

/** Moments are seconds from now. */
export function readOptions({ etaIn, expiresIn, ...options }: NonNullable<CallParts['options']> = {}): object {
  const moment = (seconds: unknown): Date => new Date(Date.now() + Number(seconds) * 1000)
  return {
    ...options,
    ...(etaIn === undefined ? {} : { eta: moment(etaIn) }),
    ...(expiresIn === undefined ? {} : { expires: moment(expiresIn) })
  }
}

function composed(app: Umbel, call: Call): Signature {
  const all = (calls: readonly Call[]): Signature[] => calls.map(each => compose(app, each))
  if ('chain' in call) return (app.chain as Compose)(...all(call.chain))
  if ('group' in call) return (app.group as Compose)(all(call.group))
  if ('chord' in call) return (app.chord as Compose)(all(call.chord), compose(app, call.body))
  if ('map' in call) return (xmap as Compose)(task(app, call.map), call.items)
  if ('starmap' in call) return (xstarmap as Compose)(task(app, call.starmap), call.items)
  if ('chunks' in call) return (chunks as Compose)(task(app, call.chunks), call.items, call.size)
  if ('bare' in call) return (app.signature as Compose)(call.bare)
  if (!('task' in call)) throw new TypeError('this is no call')
  return task(app, call)
}

function task(app: Umbel, { task: name, immutable = false, ...call }: TaskCall): Signature {
  const { plainArgs, plainKwargs } = call
  const args = plainArgs === undefined ? call.args : (JSON.parse(plainArgs) as unknown[])
  const kwargs = plainKwargs === undefined ? call.kwargs : (JSON.parse(plainKwargs) as object)
  return (app.signature as Compose)(name, args, { kwargs }).set({ immutable })
}
