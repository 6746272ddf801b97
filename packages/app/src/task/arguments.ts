import type { Args, Kwargs } from '@umbel/protocol'
import { ArgumentsError } from '../errors.js'
import type { TaskDefinition } from './definition.js'

export interface ParameterList {
  readonly name: string
  /** undefined: not declared, keywords cannot be mapped. */
  readonly params: readonly string[] | undefined
  /** How many leading parameters have no default. */
  readonly required: number
  /** Check the number of arguments even where no names are declared. */
  readonly typing: boolean
}

/**
 * Maps a call's keywords onto the positions of the body, in the words of the TypeError that a Celery user expects.
 * A task that neither declares names nor wants its arguments checked finds its keywords in `task.request.kwargs`.
 * @throws ArgumentsError (a TypeError on the wire)
 */
export function bindArguments(task: ParameterList, args: Args, kwargs: Kwargs): Args {
  if (task.params === undefined) {
    if (!task.typing) return args
    const names = Object.keys(kwargs)
    if (names.length === 0) return enough(task, args)
    throw new ArgumentsError(
      `${task.name}() got keyword argument '${names[0]}', but the task declares no parameter names: ` +
        `add params: ['${names.join("', '")}', …] to its options`
    )
  }
  return bindDeclared(task.name, task.params, { args, kwargs, required: task.required })
}

function enough({ name, required }: ParameterList, args: Args): Args {
  if (args.length < required) throw new ArgumentsError(`${name}() ${tooMany(required, required, args.length)}`)
  return args
}

function bindDeclared(
  name: string,
  params: readonly string[],
  call: { args: Args; kwargs: Kwargs; required: number }
): Args {
  const { args, kwargs, required } = call
  if (args.length > params.length) {
    throw new ArgumentsError(`${name}() ${tooMany(required, params.length, args.length)}`)
  }
  const bound = [...args]
  for (const [key, value] of Object.entries(kwargs)) {
    const position = params.indexOf(key)
    if (position < 0) throw new ArgumentsError(`${name}() got an unexpected keyword argument '${key}'`)
    if (position < args.length) throw new ArgumentsError(`${name}() got multiple values for argument '${key}'`)
    bound[position] = value
  }
  const missing = params
    .slice(0, required)
    .filter((param, position) => position >= args.length && !Object.hasOwn(kwargs, param))
  if (missing.length > 0) {
    throw new ArgumentsError(
      `${name}() missing ${count(missing.length, 'required positional argument')}: ${list(missing)}`
    )
  }
  return Array.from(bound)
}

function tooMany(least: number, most: number, got: number): string {
  const takes =
    least === most ? count(most, 'positional argument') : `from ${least} to ${count(most, 'positional argument')}`
  return `takes ${takes} but ${got} ${got === 1 ? 'was' : 'were'} given`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** 'a'; 'a' and 'b'; 'a', 'b', and 'c'. */
function list(names: readonly string[]): string {
  const quoted = names.map(name => `'${name}'`)
  if (quoted.length < 3) return quoted.join(' and ')
  return `${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}`
}

/**
 * Checks a call before it is sent. (Task.typing)
 * @throws TypeError in Python's words
 */
export function checkCall({ name, settings, required }: TaskDefinition, args: Args, kwargs: Kwargs): void {
  if (!settings.typing) return
  try {
    bindArguments({ name, params: settings.params, required, typing: true }, args, kwargs)
  } catch (error) {
    throw error instanceof ArgumentsError ? new TypeError(error.message) : error
  }
}
