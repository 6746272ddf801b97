import { types } from 'node:util'
import { suggest } from '@umbel/runtime'
import * as z from 'zod'
import type { Kind } from '../settings/kinds.js'
import { camelKeys } from '../settings/names.js'
import type { QueueDefinition, QueueDefinitions, TaskRoutes } from './options.js'

/** `taskQueues`, read into one list. */
export const queueDefinitions: Kind<readonly QueueDefinition[], QueueDefinitions> = {
  expected: 'a list of queues, or a mapping of names to queue options',
  cast: 'json',
  schema: z.custom<QueueDefinitions>(isContainer).transform((given, context) =>
    listOf(given).flatMap(item => {
      const definition = readQueue(item)
      if (typeof definition !== 'string') return [definition]
      context.addIssue({ code: 'custom', message: definition })
      return []
    })
  )
}

/** `taskRoutes`, kept as given. */
export const taskRoutes: Kind<TaskRoutes> = {
  expected:
    "a mapping of task names to queues or options, a list of pairs, a function, a router object, its import path 'module:attribute', a queue's name, or a list of these",
  cast: 'json',
  schema: z.custom<TaskRoutes>(isRoutes)
}

const exchangeType = z.literal(['direct', 'topic', 'fanout', 'headers'])
const argumentsMapping = z.record(z.string(), z.unknown())

const exchangeShape = {
  name: z.string(),
  type: exchangeType.optional(),
  durable: z.boolean().optional(),
  autoDelete: z.boolean().optional(),
  deliveryMode: z.literal([1, 2]).optional(),
  arguments: argumentsMapping.optional()
}
const exchange = z.union([z.string(), z.preprocess(camelKeys, z.strictObject(exchangeShape))])

const bindingShape = {
  exchange,
  exchangeType: exchangeType.optional(),
  routingKey: z.string().optional(),
  arguments: argumentsMapping.optional()
}

const queueShape = {
  name: z.string().min(1),
  alias: z.string().optional(),
  exchange: exchange.optional(),
  exchangeType: exchangeType.optional(),
  routingKey: z.string().optional(),
  bindings: z
    .array(z.preprocess(camelKeys, z.strictObject(bindingShape)))
    .readonly()
    .optional(),
  durable: z.boolean().optional(),
  autoDelete: z.boolean().optional(),
  exclusive: z.boolean().optional(),
  arguments: argumentsMapping.optional(),
  bindingArguments: argumentsMapping.optional(),
  consumerArguments: argumentsMapping.optional(),
  expires: z.number().positive().optional(),
  messageTtl: z.number().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  maxLengthBytes: z.int().min(0).optional(),
  maxPriority: z.int().min(0).max(255).optional(),
  priority: z.int().min(0).max(255).optional(),
  noAck: z.boolean().optional(),
  noDeclare: z.boolean().optional()
}

const queue = z.strictObject(queueShape)

/** One definition as users write it, or what is wrong with it. */
export function readQueue(item: unknown): QueueDefinition | string {
  if (typeof item === 'string' && item !== '') return { name: item }
  const keys = queueKeys(item)
  const parsed = queue.safeParse(keys)
  if (parsed.success) return parsed.data
  const name = typeof keys === 'object' && keys !== null && 'name' in keys ? `queue ${String(keys.name)}` : 'a queue'
  return `${name}: ${parsed.error.issues.map(describeIssue).join('; ')}`
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return `${issue.path.map(String).join('.') || 'it'}: ${issue.message}`
  return issue.keys
    .map(key => {
      const nearest = suggest(key, Object.keys(queueShape))
      return `unknown option ${key}${nearest === undefined ? '' : `, did you mean ${nearest}?`}`
    })
    .join('; ')
}

/** kombu's names beside ours: `queue_arguments` is `arguments`, `binding_key` is `routingKey`. */
const SYNONYMS: Readonly<Record<string, string>> = { queueArguments: 'arguments', bindingKey: 'routingKey' }

function queueKeys(item: unknown): unknown {
  const keys = camelKeys(item)
  if (typeof keys !== 'object' || keys === null) return keys
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [SYNONYMS[key] ?? key, value]))
}

function listOf(given: QueueDefinitions): readonly unknown[] {
  if (isArray(given)) return given
  return Object.entries(given).map(([name, options]: [string, unknown]) =>
    typeof options === 'object' && options !== null ? { name, ...options } : { name, problem: options }
  )
}

function isRoutes(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'function' || isContainer(value)
}

function isContainer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !types.isRegExp(value) && !types.isDate(value)
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
