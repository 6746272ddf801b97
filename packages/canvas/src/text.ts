import type { SignatureData } from '@umbel/protocol'
import { describe } from '@umbel/runtime'
import { bodyOf, kindOf, membersOf } from './data.js'

/** A signature as Celery shows it: `tasks.add(2, 2)`, `a() | b()`, `group([…])`. (celery.canvas.Signature.__repr__) */
export function textOf(data: SignatureData): string {
  switch (kindOf(data)) {
    case 'chain':
      return membersOf(data).length === 0 ? 'chain(<empty>)' : membersOf(data).map(textOf).join(' | ')
    case 'group':
      return membersOf(data).length === 0 ? 'group(<empty>)' : `group(${listText(membersOf(data))})`
    case 'chord':
      return chordText(data)
    case 'map':
      return `[${innerName(data)}(x) for x in ${valueText(data.kwargs['it'])}]`
    case 'starmap':
      return `[${innerName(data)}(*x) for x in ${valueText(data.kwargs['it'])}]`
    default:
      return callText(data)
  }
}

function callText({ task, args, kwargs }: SignatureData, header?: string): string {
  const positional = header === undefined ? args.map(valueText) : [header, ...args.map(valueText)]
  const named = Object.entries(kwargs).map(([name, value]) => `${name}=${valueText(value)}`)
  return `${task}(${[...positional, ...named].join(', ')})`
}

function chordText(data: SignatureData): string {
  const body = bodyOf(data)
  const header = listText(membersOf(data))
  const [first, ...rest] = kindOf(body) === 'chain' ? membersOf(body) : [body]
  if (first === undefined || kindOf(first) !== 'task') return `%(${header} | ${textOf(body)})`
  return `%${[callText(first, header), ...rest.map(textOf)].join(' | ')}`
}

function innerName(data: SignatureData): string {
  return (data.kwargs['task'] as SignatureData).task
}

function listText(signatures: readonly SignatureData[]): string {
  return `[${signatures.map(textOf).join(', ')}]`
}

const LONGEST = 100

/** A value in Python's words, cut where it is long. */
function valueText(value: unknown): string {
  const text = pythonText(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text
}

function pythonText(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  if (Array.isArray(value)) return `[${value.map(pythonText).join(', ')}]`
  if (value instanceof Date) return value.toISOString()
  if (typeof value !== 'object') return describeValue(value)
  const entries = Object.entries(value).map(([key, item]) => `${pythonText(key)}: ${pythonText(item)}`)
  return `{${entries.join(', ')}}`
}

function describeValue(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? value.toString() : describe(value)
}
