import { TaskDefinitionError } from '../errors.js'
import type { TaskBody } from './definition.js'
import type { TaskOptions } from './options.js'

export interface GivenTask {
  /** undefined: to be made from the body's name. */
  readonly name: string | undefined
  readonly options: TaskOptions
  readonly body: TaskBody
}

/**
 * The forms of `app.task`: `(body)`, `(name, body)`, `(options, body)`, `(name, options, body)`.
 * @throws TaskDefinitionError
 */
export function readTaskArguments(given: readonly unknown[]): GivenTask {
  const body = given.at(-1)
  if (typeof body !== 'function')
    throw new TaskDefinitionError(`app.task: expected a function as its last argument, got ${typeof body}`)
  const [first] = given
  const name = typeof first === 'string' && given.length > 1 ? first : undefined
  const between = given.slice(name === undefined ? 0 : 1, -1)
  const [options = {}] = between
  if (between.length > 1 || typeof options !== 'object' || options === null)
    throw new TaskDefinitionError(
      `app.task takes (name?, options?, body), got ${given.map(kindOf).join(', ')}${name === undefined ? '' : ` for ${name}`}`
    )
  return { name, options, body: body as TaskBody }
}

/** The name of a task that has none of its own: `<app>.<function>`. (gen_task_name) */
export function generateName(main: string, name: string): string {
  if (name !== '') return `${main}.${name}`
  throw new TaskDefinitionError(
    `an anonymous function needs a name as a task: app.task('${main}.name', () => …), or a named function`
  )
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value
}
