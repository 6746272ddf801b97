import { InvalidSignatureError } from '../errors.js'
import { segment } from '../json/path.js'
import { MAX_DEPTH } from '../json/limits.js'
import { isMapping, shown } from '../shown.js'
import type { SignatureData, SignatureOptions } from '../signature-data.js'

type Mapping = Readonly<Record<string, unknown>>

/** Looks like a signature: a mapping that names a task. Says nothing about what is inside. */
export function isSignatureData(value: unknown): value is SignatureData {
  return isMapping(value) && typeof value['task'] === 'string' && value['task'] !== '' && 'args' in value
}

/**
 * A signature with all six keys (trap 4), made from JSON that may lack the optional ones, and so for the signatures
 * inside: links (one or a list: always a list afterwards), chain, chord, and the members of composites. Unknown keys
 * and options are kept.
 * @throws InvalidSignatureError naming the path of what is wrong
 */
export function normalizeSignature(value: unknown): SignatureData {
  return normalize(value, '', 0)
}

function normalize(value: unknown, path: string, depth: number): SignatureData {
  if (depth > MAX_DEPTH) throw new InvalidSignatureError(path.slice(0, 80), `is nested deeper than ${MAX_DEPTH} levels`)
  const source = plain(value)
  if (source === undefined) throw wrong(path, 'must be an object', value)
  const { task, args, kwargs, options, subtask_type: type, immutable, ...others } = source
  if (typeof task !== 'string' || task === '') throw wrong(at(path, 'task'), 'must be the name of a task', task)
  if (type !== undefined && type !== null && typeof type !== 'string')
    throw wrong(at(path, 'subtask_type'), 'must be text or null', type)
  return {
    task,
    args: arrayOf(args ?? [], at(path, 'args')),
    kwargs: membersOf(task, mappingOf(kwargs ?? {}, at(path, 'kwargs')), { path: at(path, 'kwargs'), depth }),
    options: optionsOf(mappingOf(options ?? {}, at(path, 'options')), { path: at(path, 'options'), depth }),
    subtask_type: type ?? null,
    immutable: booleanOf(immutable ?? false, at(path, 'immutable')),
    ...others
  }
}

/** A mapping, or what a Signature object turns into as JSON. */
function plain(value: unknown): Mapping | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { toJSON } = value as { readonly toJSON?: unknown }
  const json = typeof toJSON === 'function' ? (toJSON as () => unknown).call(value) : value
  return isMapping(json) ? json : undefined
}

interface Place {
  readonly path: string
  readonly depth: number
}

function optionsOf(options: Mapping, { path, depth }: Place): SignatureOptions {
  const { link, link_error: linkError, chain, chord } = options
  return {
    ...options,
    ...(isGiven(link) && { link: listOf(link, { path: at(path, 'link'), depth }) }),
    ...(isGiven(linkError) && { link_error: listOf(linkError, { path: at(path, 'link_error'), depth }) }),
    ...(isGiven(chain) && { chain: listOf(chain, { path: at(path, 'chain'), depth }) }),
    ...(isGiven(chord) && { chord: normalize(chord, at(path, 'chord'), depth + 1) })
  }
}

/** The signatures that a composite keeps in its keyword arguments. (wire-protocol 7.2) */
function membersOf(task: string, kwargs: Mapping, { path, depth }: Place): Mapping {
  const list = (name: string): unknown => listOf(kwargs[name] ?? [], { path: at(path, name), depth })
  const one = (name: string): unknown => normalize(kwargs[name], at(path, name), depth + 1)
  switch (task) {
    case 'celery.chain':
    case 'celery.group':
      return { ...kwargs, tasks: list('tasks') }
    case 'celery.chord':
      return {
        ...kwargs,
        header: Array.isArray(kwargs['header']) ? list('header') : one('header'),
        ...(isGiven(kwargs['body']) && { body: one('body') })
      }
    case 'celery.chunks':
    case 'celery.map':
    case 'celery.starmap':
      return { ...kwargs, task: one('task') }
    default:
      return kwargs
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null
}

function listOf(value: unknown, { path, depth }: Place): readonly SignatureData[] {
  if (!Array.isArray(value)) return [normalize(value, path, depth + 1)]
  return value.map((item, index) => normalize(item, `${path}[${index}]`, depth + 1))
}

function arrayOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(path, 'must be an array', value)
  return value as readonly unknown[]
}

function mappingOf(value: unknown, path: string): Mapping {
  if (!isMapping(value)) throw wrong(path, 'must be an object', value)
  return value
}

function booleanOf(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw wrong(path, 'must be true or false', value)
  return value
}

function at(path: string, key: string): string {
  return path === '' ? key : path + segment(key)
}

function wrong(path: string, expectation: string, value: unknown): InvalidSignatureError {
  return new InvalidSignatureError(path, `${expectation}, got ${shown(value)}`)
}
