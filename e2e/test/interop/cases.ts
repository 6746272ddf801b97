import { canvasCases, chordInAnyOrder } from './canvas-cases.js'
import type { InteropCase } from './case.js'
import { controlCases } from './control-cases.js'
import { optionCases } from './option-cases.js'
import { stateCases } from './state-cases.js'
import { valueCases } from './value-cases.js'

/** What a client of one language asks of workers of the other, which are alone on their queue. */
export const aloneCases: readonly InteropCase[] = [
  ...optionCases,
  ...valueCases,
  ...stateCases,
  ...canvasCases,
  ...controlCases
]

const IN_PROTOCOL_1: ReadonlySet<string> = new Set([
  'args: positional',
  'args: by keyword',
  'args: mixed',
  'countdown',
  'expires: too late',
  'time limit: overstayed',
  'compression: zlib',
  'value: decimal',
  'value: text beyond ASCII',
  'state FAILURE: value',
  'retries until it works',
  'link: called with the result',
  'link_error: called with the failed id',
  'chain',
  'group'
])

/** The same, in messages of Celery 3. */
export const protocolOneCases: readonly InteropCase[] = [
  ...aloneCases.filter(({ name }) => IN_PROTOCOL_1.has(name)),
  chordInAnyOrder
]
