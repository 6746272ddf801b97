import { checkOptions, InvalidOptionError } from '@umbel/canvas'
import { shown } from '@umbel/protocol'
import { suggest } from '@umbel/runtime'
import { TaskDefinitionError } from '../errors.js'
import { refuseNoSchema } from './validate.js'
import { TASK_DEFAULTS, TASK_OPTION_NAMES, type TaskBase, type TaskOptions, type TaskSettings } from './options.js'

export type TaskBody = (...args: readonly unknown[]) => unknown

/** A task as the registry knows it: its name, its options complete, its body. */
export interface TaskDefinition {
  readonly name: string
  readonly settings: TaskSettings
  readonly body: TaskBody
  /** Leading parameters without a default, the BoundTask not counted. */
  readonly required: number
}

/** @throws TaskDefinitionError */
export function defineTask(name: string, { base, ...options }: TaskOptions, body: TaskBody): TaskDefinition {
  if (name === '') throw new TaskDefinitionError('a task needs a name, got the empty string')
  if (typeof body !== 'function')
    throw new TaskDefinitionError(`task ${name}: expected a function as its body, got ${typeof body}`)
  refuseUnknown(name, options)
  const settings = { ...TASK_DEFAULTS, ...optionsOf(base), ...withoutUnset(options) }
  refuseImpossible(name, settings)
  refuseWrongValues(name, settings)
  refuseNoSchema(name, settings.schema)
  return Object.freeze({ name, settings: Object.freeze(settings), body, required: requiredOf(settings, body) })
}

/** The options of an object of any class, its hooks still its own methods. */
export function optionsOf(base: TaskBase | undefined): TaskOptions {
  const source = typeof base === 'function' ? new base() : (base ?? {})
  const { base: below, ...options } = Object.fromEntries(TASK_OPTION_NAMES.map(name => [name, own(source, name)]))
  return { ...(below === undefined ? {} : optionsOf(below as TaskBase)), ...withoutUnset(options) }
}

function own(source: TaskOptions, name: keyof TaskOptions): unknown {
  const value: unknown = source[name]
  return typeof value === 'function' && name !== 'base' ? (value.bind(source) as unknown) : value
}

function withoutUnset(options: TaskOptions): TaskOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

/** Where there is a schema of the arguments, it says what is required. */
function requiredOf(settings: TaskSettings, body: TaskBody): number {
  if (settings.schema?.args !== undefined) return 0
  const declared = body.length - (settings.bind ? 1 : 0)
  return Math.max(0, Math.min(declared, settings.params?.length ?? declared))
}

function refuseUnknown(name: string, options: TaskOptions): void {
  const known: readonly string[] = TASK_OPTION_NAMES
  const unknown = Object.keys(options).find(option => !known.includes(option))
  if (unknown === undefined) return
  const nearest = suggest(unknown, known)
  const hint = nearest === undefined ? '' : `, did you mean '${nearest}'?`
  throw new TaskDefinitionError(`task ${name}: there is no option '${unknown}'${hint}`)
}

function refuseImpossible(name: string, { softTimeLimit, timeLimit, params }: TaskSettings): void {
  if (softTimeLimit !== undefined && timeLimit !== undefined && softTimeLimit > timeLimit) {
    throw new TaskDefinitionError(
      `task ${name}: softTimeLimit must not be greater than timeLimit, got ${softTimeLimit} > ${timeLimit}`
    )
  }
  const doubled = params?.find((param, position) => params.indexOf(param) !== position)
  if (doubled !== undefined) throw new TaskDefinitionError(`task ${name}: params names '${doubled}' twice`)
}

/** Options that every call of the task will have. */
const OF_CALLS = [
  ...['queue', 'exchange', 'routingKey', 'priority', 'serializer', 'compression', 'deliveryMode'],
  ...['expires', 'timeLimit', 'softTimeLimit', 'ignoreResult']
]

function refuseWrongValues(name: string, settings: TaskSettings): void {
  const { backend } = settings
  if (backend !== undefined && !(typeof backend === 'string' && backend !== ''))
    throw new TaskDefinitionError(`task ${name}: backend: expected the URL of a result store, got ${shown(backend)}`)
  const values = Object.entries(settings).filter(([option]) => OF_CALLS.includes(option))
  try {
    checkOptions(Object.fromEntries(values), { of: `task ${name}` })
  } catch (thrown) {
    throw thrown instanceof InvalidOptionError ? new TaskDefinitionError(thrown.message) : thrown
  }
}
