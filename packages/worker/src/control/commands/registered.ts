import type { Settings } from '@umbel/app'
import type { TaskDefinition } from '@umbel/app/execution'
import * as z from 'zod'
import { defineCommand } from '../command.js'

const FIELDS = ['exchange', 'routing_key', 'rate_limit']

export const registered = defineCommand({
  name: 'registered',
  alias: 'dump_tasks',
  kind: 'inspect',
  help: 'List of registered tasks.',
  signature: '[attr1 [attr2 [... [attrN]]]]',
  variadic: 'taskinfoitems',
  args: z.looseObject({ taskinfoitems: z.array(z.unknown()).nullish(), builtins: z.boolean().nullish() }),
  run: ({ app, registry }, { taskinfoitems, builtins }) => {
    const asked = (taskinfoitems ?? []).filter(item => typeof item === 'string' && !item.startsWith('_'))
    const fields = taskinfoitems?.length ? (asked as string[]) : FIELDS
    const names = registry.names().filter(name => builtins === true || !name.startsWith('celery.'))
    return names.toSorted().map(name => describeTask(registry.get(name).definition, fields, app.services.settings()))
  }
})

/** `name [field=value …]`, with the fields that have a value. */
function describeTask({ name, settings }: TaskDefinition, fields: readonly string[], defaults: Settings): string {
  const own = new Map<string, unknown>(Object.entries(settings))
  const shown = fields.flatMap(field => {
    const option = toCamelCase(field)
    const value = own.get(option) ?? FALLBACKS[option]?.(defaults)
    return value === undefined || value === null ? [] : [`${field}=${asText(value)}`]
  })
  return shown.length === 0 ? name : `${name} [${shown.join(' ')}]`
}

/** What a task without the option takes from the settings. (Task.from_config) */
const FALLBACKS: Readonly<Record<string, (settings: Settings) => unknown>> = {
  serializer: settings => settings.taskSerializer,
  priority: settings => settings.taskDefaultPriority,
  trackStarted: settings => settings.taskTrackStarted,
  acksLate: settings => settings.taskAcksLate,
  acksOnFailureOrTimeout: settings => settings.taskAcksOnFailureOrTimeout,
  rejectOnWorkerLost: settings => settings.taskRejectOnWorkerLost,
  ignoreResult: settings => settings.taskIgnoreResult,
  storeEagerResult: settings => settings.taskStoreEagerResult,
  storeErrorsEvenIfIgnored: settings => settings.taskStoreErrorsEvenIfIgnored
}

function toCamelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
}

/** As Python's str() has it. */
function asText(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}
