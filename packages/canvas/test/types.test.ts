import { describe, expect, it } from '@jest/globals'
import {
  type AnySignature,
  chain,
  chord,
  chunks,
  type Group,
  type GroupHandle,
  group,
  type Handle,
  type ImmutableSignature,
  InvalidSignatureError,
  type MissingArgs,
  type PartialSignature,
  partial,
  type Pending,
  Signature,
  signature,
  type TaskResult,
  type Trailing,
  xmap,
  xstarmap
} from '@umbel/canvas'
import { Recorder } from './recorder.js'

/** Do two types agree in both directions? `any` agrees with nothing but itself. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(_agrees?: T): void => undefined

/** As `task.s` of the application. */
function typed<Params extends readonly unknown[], R>(name: string) {
  return <Given extends Trailing<Params>>(...given: Given): PartialSignature<Params, Given, R> =>
    new Signature<MissingArgs<Params, Given>, R>(signature(name, given).data, new Recorder())
}

const add = typed<[x: number, y: number], number>('tasks.add')
const text = typed<[value: number], string>('tasks.text')
const length = typed<[text: string], number>('tasks.length')
const sum = typed<[values: number[]], number>('tasks.sum')
const scale = typed<[x: number, factor?: number], number>('tasks.scale')
const total = typed<[...values: number[]], number>('tasks.total')
const format = typed<[template: string, ...values: number[]], string>('tasks.format')
const clean = new Signature<[ignored?: unknown], boolean>(signature('tasks.clean').setImmutable().data, new Recorder())

describe('types of partials', () => {
  it('a partial misses the leading parameters', () => {
    same<Same<MissingArgs<[x: number, y: string], []>, [number, string]>>()
    same<Same<MissingArgs<[x: number, y: string], ['b']>, [number]>>()
    same<Same<MissingArgs<[x: number, y: string], [1, 'b']>, []>>()
    expect(add(8).args).toEqual([8])
    // @ts-expect-error one too many
    add(1, 2, 3)
    // @ts-expect-error not a number
    add('1')
    // @ts-expect-error the last parameter is a number
    add(1, 'y')
    // @ts-expect-error binds to the last parameter, which is a string
    typed<[x: number, y: string], number>('t')(5)
  })

  it('types what must still be given at the call', () => {
    void add(1, 2).delay()
    void add(8).delay(1)
    void add().delay(1, 2)
    // @ts-expect-error one is missing
    void add(8).delay()
    // @ts-expect-error nothing is missing
    void add(1, 2).delay(3)
    // @ts-expect-error wrong type
    void add(8).delay('1')
    // @ts-expect-error two are missing
    void add().delay(1)
    // @ts-expect-error wrong arguments in the list
    void add(8).applyAsync(['x'])
    void add(8).applyAsync([1], { countdown: 3 })
    // @ts-expect-error no such option
    expect(() => add(1, 2).applyAsync([], { countDown: 3 })).toThrow("did you mean 'countdown'")
    expect(add().args).toEqual([])
  })

  it('reads optional parameters both ways', () => {
    same<Same<MissingArgs<[x: number, y?: number], [number]>, [] | [number]>>()
    same<Same<MissingArgs<[x: number, y?: string], ['a']>, [number]>>()
    same<Same<MissingArgs<[x?: number], []>, [] | [number]>>()
    void scale(2).delay()
    void scale(2).delay(3)
    void scale().delay(1)
    void scale().delay(1, 2)
    // @ts-expect-error x is missing
    void scale().delay()
    // @ts-expect-error one too many
    void scale(1, 2).delay(3)
    expect(scale(1, 2).args).toEqual([1, 2])
  })

  it('takes any number of rest parameters', () => {
    same<Same<MissingArgs<number[], [number]>, number[]>>()
    same<Same<MissingArgs<[string, ...number[]], [number]>, [string, ...number[]]>>()
    same<Same<MissingArgs<[string, ...number[]], [string, number]>, []>>()
    void total(1, 2).delay()
    void total(1).delay(2, 3)
    void format(1, 2).delay('%d %d')
    void format('%d', 1).delay()
    // @ts-expect-error the template is missing
    void format(1).delay()
    // @ts-expect-error not a number
    total('1')
    // @ts-expect-error values are numbers
    format('%d', 'x')
    expect(format('%d', 1).args).toEqual(['%d', 1])
  })

  it('types partial() as the call-time arguments in front', () => {
    const given = partial(add(8), 1)
    same<Same<typeof given, Signature<[], number>>>()
    // @ts-expect-error not a number
    partial(add(8), 'x')
    expect(given.args).toEqual([1, 8])
  })

  it('counts a promise as its value', () => {
    same<Same<TaskResult<(url: string) => Promise<number>>, number>>()
    same<Same<TaskResult<(url: string) => string>, string>>()
    expect(text(1).task).toBe('tasks.text')
  })
})

describe('types of chains', () => {
  it('a chain is typed by what flows through it', () => {
    const typed = chain(add(4, 4), add(8))
    same<Same<typeof typed, Signature<[], number>>>()
    const long = chain(add(1), text(), length(), add(1), text())
    same<Same<typeof long, Signature<[number], string>>>()
    const piped = add(4, 4).pipe(add(8)).pipe(text())
    same<Same<typeof piped, Signature<[], string>>>()
    const result: Pending<Handle<number>> = typed.delay()
    // @ts-expect-error a number, not a string
    const wrong: Pending<Handle<string>> = typed.delay()
    expect([result, wrong]).toHaveLength(2)
  })

  it('refuses steps that do not fit', () => {
    // @ts-expect-error length takes a string
    chain(add(1, 2), length())
    // @ts-expect-error add(1, 2) takes no more
    chain(add(1, 2), add(1, 2))
    // @ts-expect-error two are missing
    chain(add(1, 2), add())
    // @ts-expect-error the third does not fit
    chain(add(1, 2), text(), add(1))
    // @ts-expect-error length takes a string
    add(1, 2).pipe(length())
    // @ts-expect-error text gives a string
    text(1).pipe(add(1))
    // @ts-expect-error the first argument is missing
    void chain(add(1), text()).delay()
    // @ts-expect-error a link must take a number
    add(1, 2).link(length())
    expect(add(1, 2).link(text()).options.link).toHaveLength(1)
  })

  it('lets immutable and optional steps follow', () => {
    const cleaned = chain(add(1, 2), clean)
    same<Same<typeof cleaned, Signature<[], boolean>>>()
    chain(add(1, 2), scale(3))
    chain(add(1, 2), scale())
    chain(add(1, 2), total(1))
    chain(add(1, 2), add(1, 2).setImmutable())
    const hard: ImmutableSignature<number> = add(1, 2).setImmutable()
    void clean.delay()
    expect(hard.immutable).toBe(true)
  })

  it('takes lists unchecked, with the type of what they hold', () => {
    const listed = chain([add(1, 2), add(3)])
    const result: Pending<Handle<number>> = listed.delay()
    // @ts-expect-error not signatures
    expect(() => chain([1, 2])).toThrow(InvalidSignatureError)
    expect(result.id).toBeDefined()
  })
})

describe('types of groups and chords', () => {
  it('a group gives the list of its results', () => {
    const both = group([add(1, 1), add(2, 2)])
    same<Same<typeof both, Group<[], number>>>()
    const mixed = group(add(1, 1), text(1))
    same<Same<typeof mixed, Group<[], number | string>>>()
    const open = group(add(1), add(2))
    same<Same<typeof open, Group<[number], number>>>()
    const handle: Pending<GroupHandle<number>> = both.delay()
    void open.delay(1)
    // @ts-expect-error the members miss a number
    void open.delay()
    // @ts-expect-error strings and numbers
    const wrong: Pending<GroupHandle<number>> = mixed.delay()
    // @ts-expect-error not a signature
    expect(() => group([1])).toThrow(InvalidSignatureError)
    const nested = group(both, add(1, 1))
    same<Same<typeof nested, Group<[], number>>>()
    expect([handle, wrong]).toHaveLength(2)
  })

  it('a chord body takes the list of its header', () => {
    const added = chord([add(1, 1), add(2, 2)], sum())
    same<Same<typeof added, Signature<[], number>>>()
    const grouped = chord(group(add(1), add(2)), sum())
    same<Same<typeof grouped, Signature<[number], number>>>()
    const upgraded = group(add(1, 1), add(2, 2)).pipe(sum())
    same<Same<typeof upgraded, Signature<[], number>>>()
    const stepped = chain(add(1, 1), group(add(1), add(2)), sum(), text())
    same<Same<typeof stepped, Signature<[], string>>>()
    chord([add(1, 1)], clean)
    // @ts-expect-error sum takes numbers
    chord([text(1), text(2)], sum())
    // @ts-expect-error text takes one number
    chord([add(1, 1)], text())
    // @ts-expect-error add takes no list
    chord([add(1, 1)], add(1))
    // @ts-expect-error sum([1]) takes no more
    chord([add(1, 1)], sum([1]))
    // @ts-expect-error a group's results are a list
    group(add(1, 1), add(2, 2)).pipe(text())
    // @ts-expect-error header members of another type
    group(text(1), text(2)).pipe(sum())
    expect(added.task).toBe('celery.chord')
  })

  it('map, starmap and chunks give lists', () => {
    const mapped = xmap(text(), [1, 2])
    same<Same<typeof mapped, Signature<readonly [], string[]>>>()
    const starred = xstarmap(add(), [[1, 2]])
    same<Same<typeof starred, Signature<readonly [], number[]>>>()
    const cut = chunks(add(), [[1, 2]], 1)
    const handle: Pending<GroupHandle<number[]>> = cut.delay()
    // @ts-expect-error not numbers
    void xmap(text(), ['1'])
    // @ts-expect-error pairs
    void xstarmap(add(), [[1]])
    // @ts-expect-error pairs of numbers
    void chunks(add(), [['1', '2']], 1)
    expect(handle.id).toBeDefined()
  })

  it('accepts any signature as AnySignature', () => {
    const any: readonly AnySignature[] = [add(1), text(1), group(add(1, 1)), chunks(add(), [[1, 2]], 1), clean]
    expect(any).toHaveLength(5)
    const unknown: Signature<never, unknown> = chord([add(1, 1)], sum())
    expect(unknown.task).toBe('celery.chord')
  })
})
