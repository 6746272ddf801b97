import { type MissingArgs, type PartialSignature, Signature, signature, type Trailing } from '@umbel/canvas'
import type { Recorder } from './recorder.js'

export type Tasks = ReturnType<typeof tasksOf>

/** Signatures as `task.s` of an application makes them. */
export function tasksOf(recorder: Recorder) {
  return {
    add: typed<[x: number, y: number], number>(recorder, 't.add'),
    sum: typed<[values: number[]], number>(recorder, 't.sum'),
    text: typed<[value: number], string>(recorder, 't.text')
  }
}

function typed<Params extends readonly unknown[], R>(recorder: Recorder, name: string) {
  return <Given extends Trailing<Params>>(...given: Given): PartialSignature<Params, Given, R> =>
    new Signature<MissingArgs<Params, Given>, R>(signature(name, given).data, recorder)
}
