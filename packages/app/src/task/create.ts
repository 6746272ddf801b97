import { chunks, type Signature, type SignatureCall, xmap, xstarmap } from '@umbel/canvas'
import type { Args } from '@umbel/protocol'
import { callDirectly, pushRequest } from '../execution/direct.js'
import type { CallOptions } from '../publishing/call-options.js'
import type { Umbel } from '../umbel.js'
import type { BoundTask, TaskRequest } from './bound.js'
import type { TaskDefinition } from './definition.js'
import type { AnyTask, EagerOptions } from './task.js'

/** The callable task of a definition: a function with the verbs of a task on it. */
export function createTask(app: Umbel, definition: TaskDefinition): AnyTask {
  const { name } = definition
  const { sender } = app.services
  const make = (args: Args, options?: SignatureCall): Signature<unknown[]> => app.signature(name, args, options)
  const single = (): Signature<[unknown]> => app.signature(name)
  const call = (...args: Args): unknown => callDirectly(app, definition, args)
  const verbs = {
    definition,
    delay: (...args: Args) => sender.call(definition, args),
    applyAsync: (args: Args, options?: CallOptions) => sender.call(definition, args, options),
    delayOnCommit: (...args: Args) => sender.callOnCommit(definition, args),
    applyAsyncOnCommit: (args: Args, options?: CallOptions) => sender.callOnCommit(definition, args, options),
    apply: (args: Args, options?: EagerOptions) => app.apply(name, args, options),
    s: (...args: Args) => make(args),
    si: (...args: Args) => make(args).setImmutable(),
    signature: make,
    pushRequest: <T>(fields: Partial<TaskRequest>, work: (task: BoundTask) => T) =>
      pushRequest(app, fields, { definition, work }),
    asyncResult: (id: string) => app.asyncResult(id),
    map: (items: Iterable<unknown>) => xmap(single(), items),
    starmap: (items: Iterable<unknown[]>) => xstarmap(make([]), items),
    chunks: (items: Iterable<unknown[]>, size: number) => chunks(make([]), items, size)
  }
  Object.defineProperty(call, 'name', { value: name, configurable: true })
  Object.defineProperty(call, 'toString', { value: () => `<Task ${name} of ${app.main}>` })
  return Object.assign(call, verbs) as unknown as AnyTask
}
