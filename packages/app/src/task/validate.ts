import { type Args, isMapping, type Kwargs, shown } from '@umbel/protocol'
import { TaskDefinitionError, ValidationError } from '../errors.js'
import { bindArguments } from './arguments.js'
import type { TaskDefinition } from './definition.js'
import type { SchemaIssue, StandardResult, StandardSchema, TaskSchema } from './schema.js'

type Maybe<T> = T | Promise<T>

/**
 * Checks a call before it is sent. What goes out is what the caller gave: the worker converts it.
 * @throws ValidationError, or rejects with it; undefined: there is nothing to wait for
 */
export function checkSchema(definition: TaskDefinition, args: Args, kwargs: Kwargs): Promise<unknown> | undefined {
  const { name, settings, required } = definition
  if (settings.schema?.args === undefined) return undefined
  const { params, typing } = settings
  const checked = validArguments(definition, bindArguments({ name, params, required, typing }, args, kwargs))
  return isPromise(checked) ? checked : undefined
}

/** The arguments as the body wants them. @throws ValidationError, or rejects with it */
export function validArguments({ name, settings }: TaskDefinition, args: Args): Maybe<Args> {
  const { schema } = settings
  if (schema?.args === undefined) return args
  const length = Math.max(args.length, schema.args.length)
  const values = Array.from({ length }, (_, position) => {
    const value = args[position]
    const one = schema.args?.[position]
    if (one === undefined) return value
    const param = settings.params?.[position]
    const what = param === undefined ? `args[${position}]` : `args[${position}] (${param})`
    return valid(one, value, { schema, subject: `${name}: ${what}` })
  })
  return values.some(isPromise) ? Promise.all(values) : values
}

/** Without what was left out at the end: on the wire it would be null, which is not what schemas give a default for. */
export function withoutTrailing({ settings }: TaskDefinition, args: Args): Args {
  if (settings.schema?.args === undefined) return args
  return args.slice(0, args.findLastIndex(value => value !== undefined) + 1)
}

/** The result as it is stored. @throws ValidationError, or rejects with it */
export function validResult({ name, settings: { schema } }: TaskDefinition, value: unknown): Maybe<unknown> {
  if (schema?.result === undefined) return value
  return valid(schema.result, value, { schema, subject: `${name}: result` })
}

interface Case {
  readonly schema: TaskSchema
  /** What is checked, for the error. */
  readonly subject: string
}

function valid(one: StandardSchema, value: unknown, given: Case): Maybe<unknown> {
  const { context } = given.schema
  const answer = one['~standard'].validate(value, context === undefined ? undefined : { libraryOptions: context })
  if (isPromise(answer)) return answer.then(result => valueOf(result, value, given))
  return valueOf(answer, value, given)
}

function valueOf(result: StandardResult<unknown>, given: unknown, { schema, subject }: Case): unknown {
  if (result.issues !== undefined) throw new ValidationError(subject, result.issues.map(issueOf))
  const path = schema.strict === true ? convertedAt(given, result.value) : undefined
  if (path === undefined) return result.value
  throw new ValidationError(subject, [{ path, message: 'its type would have to be converted, which strict forbids' }])
}

function issueOf({ message, path = [] }: SchemaIssue): { path: readonly string[]; message: string } {
  return { message, path: path.map(step => String(typeof step === 'object' ? step.key : step)) }
}

/** Where the type of a plain value changed; what is added by a default is no conversion. */
function convertedAt(before: unknown, after: unknown): readonly string[] | undefined {
  if (!isContainer(before) || !isContainer(after)) return kindOf(before) === kindOf(after) ? undefined : []
  for (const [key, value] of Object.entries(before)) {
    const deeper = Object.hasOwn(after, key) ? convertedAt(value, after[key]) : undefined
    if (deeper !== undefined) return [key, ...deeper]
  }
  return undefined
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return Array.isArray(value) || isMapping(value)
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Object.prototype.toString.call(value)
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** @throws TaskDefinitionError for what is no Standard Schema */
export function refuseNoSchema(task: string, schema: TaskSchema | undefined): void {
  if (schema === undefined) return
  if (!isMapping(schema)) throw noSchema(task, 'schema', '{ args, result }', schema)
  const { args, result } = schema as TaskSchema
  if (args !== undefined && !Array.isArray(args)) throw noSchema(task, 'schema.args', 'a list of schemas', args)
  args?.forEach((one, position) => refuseNoStandard(task, `schema.args[${position}]`, one))
  refuseNoStandard(task, 'schema.result', result)
}

function refuseNoStandard(task: string, what: string, one: unknown): void {
  const standard = (one as Partial<StandardSchema> | undefined)?.['~standard']
  if (one === undefined || typeof standard?.validate === 'function') return
  throw noSchema(task, what, 'a Standard Schema (zod from 3.24, valibot, ArkType …)', one)
}

// oxlint-disable-next-line max-params -- whose, what, expected, got
function noSchema(task: string, what: string, expected: string, got: unknown): TaskDefinitionError {
  return new TaskDefinitionError(`task ${task}: ${what}: expected ${expected}, got ${shown(got)}`)
}
