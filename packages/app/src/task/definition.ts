import { TaskDefinitionError } from '../errors.js'
import { TASK_DEFAULTS, type TaskOptions, type TaskSettings } from './options.js'

export type TaskBody = (...args: readonly unknown[]) => unknown

/** A task as the registry knows it: its name, its options complete, its body. */
export interface TaskDefinition {
  readonly name: string
  readonly settings: TaskSettings
  readonly body: TaskBody
  /** Leading parameters without a default, the BoundTask not counted. */
  readonly required: number
}

export function defineTask(name: string, options: TaskOptions, body: TaskBody): TaskDefinition {
  if (name === '') throw new TaskDefinitionError('a task needs a name, got the empty string')
  if (typeof body !== 'function')
    throw new TaskDefinitionError(`task ${name}: expected a function as its body, got ${typeof body}`)
  const settings = { ...TASK_DEFAULTS, ...options }
  refuseImpossible(name, settings)
  return Object.freeze({ name, settings: Object.freeze(settings), body, required: requiredOf(settings, body) })
}

function requiredOf(settings: TaskSettings, body: TaskBody): number {
  const declared = body.length - (settings.bind ? 1 : 0)
  return Math.max(0, Math.min(declared, settings.params?.length ?? declared))
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

/**
 * The name of a task that was given only a function: `<app>.<function>`. (gen_task_name)
 * @throws TaskDefinitionError for an anonymous function
 */
export function generateName(main: string, body: { readonly name: string }): string {
  if (body.name === '') {
    throw new TaskDefinitionError(
      `an anonymous function needs a name as a task: app.task('${main}.name', () => …), or a named function`
    )
  }
  return `${main}.${body.name}`
}

/**
 * The forms of `app.task`: `(body)`, `(name, body)`, `(name, options, body)`, `(options, body)`.
 * @throws TaskDefinitionError
 */
export function readTaskArguments(
  main: string,
  given: readonly unknown[]
): { name: string; options: TaskOptions; body: TaskBody } {
  const body = given.at(-1)
  if (typeof body !== 'function')
    throw new TaskDefinitionError(`app.task: expected a function as its last argument, got ${typeof body}`)
  const [first, second] = given
  const name = typeof first === 'string' ? first : generateName(main, body)
  const options = [first, second].find(value => typeof value === 'object' && value !== null) ?? {}
  return { name, options, body: body as TaskBody }
}
