import { type Args, type Kwargs, shown, type SignatureData, type SignatureOptions } from '@umbel/protocol'
import { InvalidSignatureError } from './errors.js'

export type Kind = 'task' | 'chain' | 'group' | 'chord' | 'chunks' | 'map' | 'starmap'

/** A signature as a value or as JSON. */
export type SignatureLike = SignatureData | { toJSON(): SignatureData }

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['celery.chain', 'chain'],
  ['celery.group', 'group'],
  ['celery.chord', 'chord'],
  ['celery.chunks', 'chunks'],
  ['celery.map', 'map'],
  ['celery.starmap', 'starmap']
])

/** What a signature is: only the task name always tells. (trap 21) */
export function kindOf(data: SignatureData): Kind {
  return KINDS.get(data.task) ?? 'task'
}

/** A signature's data, complete at any depth; our own values are taken as they are. @throws InvalidSignatureError */
export function dataOf(input: SignatureLike, path = 'signature'): SignatureData {
  return hasJson(input) ? ownData(input, path) : readData(input, path)
}

/** Other things have a `toJSON` too: a Date, a result's handle. */
function ownData(input: { toJSON(): SignatureData }, path: string): SignatureData {
  const data: unknown = input.toJSON()
  if (isRecord(data) && typeof data['task'] === 'string') return data as unknown as SignatureData
  throw invalid(path, 'a signature', input)
}

/**
 * Reads the forms that Celery writes: missing keys, a chord header as list or group, links as one or a list.
 * @throws InvalidSignatureError naming the path
 */
export function readData(value: unknown, path = 'signature'): SignatureData {
  if (hasJson(value)) return ownData(value, path)
  if (!isRecord(value)) throw invalid(path, 'an object', value)
  const { task, args, kwargs, options, subtask_type: type, immutable, chord_size: size } = value
  if (typeof task !== 'string') throw invalid(`${path}.task`, 'the name of a task', task)
  if (args != null && !Array.isArray(args)) throw invalid(`${path}.args`, 'a list', args)
  if (kwargs != null && !isRecord(kwargs)) throw invalid(`${path}.kwargs`, 'an object', kwargs)
  if (options != null && !isRecord(options)) throw invalid(`${path}.options`, 'an object', options)
  return {
    task,
    args: args ?? [],
    kwargs: readKwargs(task, kwargs ?? {}, `${path}.kwargs`),
    options: readOptions(options ?? {}, `${path}.options`),
    subtask_type: typeof type === 'string' ? type : null,
    immutable: immutable === true,
    ...(typeof size === 'number' ? { chord_size: size } : {})
  }
}

/** A plain task. */
export function taskData(task: string, args: Args = [], options: SignatureOptions = {}): SignatureData {
  return { task, args: [...args], kwargs: {}, options, subtask_type: null, immutable: false }
}

export function chainData(tasks: readonly SignatureData[], options: SignatureOptions = {}): SignatureData {
  return composite('chain', { tasks }, options)
}

export function groupData(tasks: readonly SignatureData[], options: SignatureOptions = {}): SignatureData {
  return composite('group', { tasks }, options)
}

/** `header` is a list of members, or a group where it is frozen. (trap 22) */
export function chordData(
  header: SignatureData | readonly SignatureData[],
  body: SignatureData,
  options: SignatureOptions = {}
): SignatureData {
  return composite('chord', { kwargs: {}, header, body }, options)
}

/** Chunks, map and starmap: immutable tasks about a task, without a subtask type. */
export function mapData(kind: 'chunks' | 'map' | 'starmap', kwargs: Kwargs): SignatureData {
  return { ...taskData(`celery.${kind}`), kwargs, immutable: true }
}

/** Members of a chain or a group; header of a chord. */
export function membersOf(data: SignatureData): readonly SignatureData[] {
  const members = kindOf(data) === 'chord' ? data.kwargs['header'] : data.kwargs['tasks']
  return isRecord(members) ? membersOf(members as unknown as SignatureData) : (members as readonly SignatureData[])
}

export function withMembers(data: SignatureData, members: readonly SignatureData[]): SignatureData {
  if (kindOf(data) !== 'chord') return { ...data, kwargs: { ...data.kwargs, tasks: members } }
  const { header } = data.kwargs
  const replaced = isRecord(header) ? withMembers(header as unknown as SignatureData, members) : members
  return { ...data, kwargs: { ...data.kwargs, header: replaced } }
}

export function bodyOf(data: SignatureData): SignatureData {
  return data.kwargs['body'] as SignatureData
}

export function withBody(data: SignatureData, body: SignatureData): SignatureData {
  return { ...data, kwargs: { ...data.kwargs, body } }
}

export function withOptions(data: SignatureData, options: SignatureOptions): SignatureData {
  return { ...data, options: { ...data.options, ...options } }
}

/** One, a list or nothing, as a list. (trap 24) */
export function listOf<T extends object>(value: T | readonly T[] | null | undefined): readonly T[] {
  if (value == null) return []
  return isList(value) ? value : [value]
}

export function omit<T extends object>(value: T, ...keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) as T
}

function composite(kind: 'chain' | 'group' | 'chord', kwargs: Kwargs, options: SignatureOptions): SignatureData {
  return { task: `celery.${kind}`, args: [], kwargs, options, subtask_type: kind, immutable: false }
}

function readKwargs(task: string, kwargs: Kwargs, path: string): Kwargs {
  switch (KINDS.get(task)) {
    case 'chain':
    case 'group':
      return { ...kwargs, tasks: readList(kwargs['tasks'], `${path}.tasks`) }
    case 'chord':
      return {
        ...kwargs,
        kwargs: kwargs['kwargs'] ?? {},
        header: readHeader(kwargs['header'], `${path}.header`),
        body: readData(kwargs['body'], `${path}.body`)
      }
    case 'chunks':
    case 'map':
    case 'starmap':
      return { ...kwargs, task: readData(kwargs['task'], `${path}.task`) }
    default:
      return kwargs
  }
}

function readHeader(header: unknown, path: string): SignatureData | readonly SignatureData[] {
  return Array.isArray(header) ? readList(header, path) : readData(header, path)
}

function readList(value: unknown, path: string): readonly SignatureData[] {
  if (!Array.isArray(value)) throw invalid(path, 'a list of signatures', value)
  return value.map((item, index) => readData(item, `${path}[${index}]`))
}

const SIGNATURES_IN_OPTIONS = ['link', 'link_error', 'chain', 'chord'] as const

function readOptions(options: Record<string, unknown>, path: string): SignatureOptions {
  const read = { ...options }
  for (const key of SIGNATURES_IN_OPTIONS) {
    const value = options[key]
    if (value == null) continue
    read[key] = Array.isArray(value) ? readList(value, `${path}.${key}`) : readData(value, `${path}.${key}`)
  }
  return read
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function hasJson(value: unknown): value is { toJSON(): SignatureData } {
  return isRecord(value) && typeof value['toJSON'] === 'function'
}

function invalid(path: string, expected: string, value: unknown): InvalidSignatureError {
  return new InvalidSignatureError(`${path} should be ${expected}, but is ${shown(value)}`)
}
