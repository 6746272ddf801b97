import { describe, expect, it } from '@jest/globals'
import { createBlueprint, createDeferred, type Service, ShutdownError, type Step, StepOrderError } from '@umbel/runtime'
import { describeService, FakeClock } from '@umbel/runtime/conformance'

type Log = string[]
type Behaviour = Partial<Pick<Service, 'start' | 'stop' | 'terminate'>>

const never = new AbortController().signal

function step(name: string, requires: readonly string[] = [], behaviour: Behaviour = {}): Step<Log> {
  return { name, requires, create: log => logged(name, log, behaviour) }
}

function logged(name: string, log: Log, behaviour: Behaviour): Service {
  const verb =
    (word: 'start' | 'stop' | 'terminate') =>
    async (signal: AbortSignal = never): Promise<void> => {
      log.push(`${word} ${name}`)
      await behaviour[word]?.(signal)
    }
  return {
    name,
    start: verb('start'),
    quiet: () => void log.push(`quiet ${name}`),
    stop: verb('stop'),
    terminate: verb('terminate')
  }
}

describe('createBlueprint', () => {
  it('sorts by what is required, else keeps the order given', () => {
    const blueprint = createBlueprint([step('c', ['a', 'b']), step('d'), step('b', ['a']), step('a')])
    expect(blueprint.order).toEqual(['a', 'b', 'c', 'd'])
  })

  it('names the path of a cycle', () => {
    const steps = [step('x', ['a']), step('a', ['b']), step('b', ['c']), step('c', ['a'])]
    expect(() => createBlueprint(steps)).toThrow(StepOrderError)
    expect(() => createBlueprint(steps)).toThrow('Steps require each other: a → b → c → a')
    expect(() => createBlueprint([step('a', ['a'])])).toThrow('a → a')
  })

  it('names the path to an unknown step, and the nearest known one', () => {
    const steps = [step('consumer', ['conection']), step('connection')]
    expect(() => createBlueprint(steps)).toThrow(
      "Unknown step 'conection' is required: consumer → conection (did you mean 'connection'?)"
    )
  })

  it('refuses two steps of one name', () => {
    expect(() => createBlueprint([step('a'), step('a')])).toThrow("Two steps are named 'a'")
  })
})

describe('a built blueprint', () => {
  it('starts in order, quiets all, stops in reverse', async () => {
    const log: Log = []
    const service = createBlueprint([step('b', ['a']), step('a')]).build(log)
    await service.start(never)
    await service.stop()
    expect(log).toEqual(['start a', 'start b', 'quiet b', 'quiet a', 'stop b', 'stop a'])
  })

  it('leaves out what does not include itself, and creates each step after those before it started', async () => {
    const log: Log = []
    const late: Step<Log> = {
      name: 'late',
      requires: ['out'],
      create: seen => logged(`late after ${seen.join()}`, seen, {})
    }
    const out: Step<Log> = { ...step('out', ['a']), includeIf: () => false }
    await createBlueprint([late, out, step('a')])
      .build(log)
      .start(never)
    expect(log).toEqual(['start a', 'start late after start a'])
  })

  it('unwinds what has started when a step fails, and rejects with its error', async () => {
    const log: Log = []
    const failing = step('b', ['a'], { start: () => Promise.reject(new Error('no broker')) })
    const service = createBlueprint([failing, step('a'), step('c', ['b'])]).build(log)
    await expect(service.start(never)).rejects.toThrow('no broker')
    expect(log).toEqual(['start a', 'start b', 'quiet b', 'quiet a', 'stop b', 'stop a'])
    await service.stop()
    expect(log).toHaveLength(6)
  })

  it('starts nothing more when it is stopped during its start', async () => {
    const log: Log = []
    const gate = createDeferred<void>()
    const service = createBlueprint([step('a', [], { start: () => gate.promise }), step('b', ['a'])]).build(log)
    const starting = service.start(never)
    starting.catch(() => undefined)
    const stopping = service.stop()
    gate.resolve()
    await stopping
    await expect(starting).rejects.toThrow('was stopped before it had started')
    expect(log).toEqual(['start a', 'quiet a', 'stop a'])
  })

  it('terminates at the deadline what has not stopped', async () => {
    const log: Log = []
    const clock = new FakeClock()
    const hanging = step('b', ['a'], { stop: () => new Promise(() => undefined) })
    const service = createBlueprint([step('a'), hanging, step('c', ['b'])]).build(log, { deadline: 3, clock })
    await service.start(never)
    log.length = 0
    const stopping = service.stop()
    await clock.advance(2999)
    expect(log).toEqual(['quiet c', 'quiet b', 'quiet a', 'stop c', 'stop b'])
    await clock.advance(1)
    await stopping
    expect(log.slice(5)).toEqual(['terminate b', 'terminate a'])
    expect(clock.timers).toBe(0)
  })

  it('stops the others although one fails, and names it', async () => {
    const log: Log = []
    const failing = step('b', [], { stop: () => Promise.reject(new Error('disk full')) })
    const service = createBlueprint([step('a'), failing]).build(log)
    await service.start(never)
    const error = await service.stop().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ShutdownError)
    expect(error).toMatchObject({ message: 'Not stopped cleanly: b (disk full)', failures: [{ name: 'b' }] })
    expect(log.at(-1)).toBe('stop a')
  })

  it('does not wait for ever for what cannot even be terminated', async () => {
    const clock = new FakeClock()
    const hang = (): Promise<void> => new Promise(() => undefined)
    const service = createBlueprint([step('a', [], { stop: hang, terminate: hang })]).build([], { clock })
    await service.start(never)
    const stopping = service.stop()
    stopping.catch(() => undefined)
    await clock.advance(15_000)
    await expect(stopping).rejects.toThrow('a (not ended after 5 s)')
  })

  it('terminates in reverse when asked to', async () => {
    const log: Log = []
    const service = createBlueprint([step('a'), step('b')]).build(log)
    await service.start(never)
    log.length = 0
    await service.terminate?.()
    expect(log).toEqual(['terminate b', 'terminate a'])
  })
})

describeService('a built blueprint', () => {
  const log: Log = []
  const service = createBlueprint([step('a'), step('b', ['a'])]).build(log)
  return { service, starts: () => log.filter(line => line === 'start b').length }
})
