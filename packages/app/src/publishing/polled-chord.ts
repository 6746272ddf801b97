import { type ChordOpening, kindOf, type TaskSend } from '@umbel/canvas'
import type { SignatureData } from '@umbel/protocol'
import type { Settings } from '../settings/index.js'
import type { TaskRegistry } from '../task/registry.js'
import type { Publishing } from './call-options.js'

export interface PolledChordParts {
  readonly tasks: TaskRegistry
  readonly settings: Settings
  readonly newId: () => string
}

/**
 * The task that looks at the results of a chord's header until all are there: for stores that cannot count. It goes
 * where the body goes, since that queue is read. (celery.chord_unlock)
 */
export function unlockTask(
  { groupId, body, header, interval, maxRetries }: ChordOpening,
  { tasks, settings, newId }: PolledChordParts
): { readonly send: TaskSend; readonly publishing: Publishing } {
  const { task, options } = firstTask(body)
  const own = tasks.find(task)?.definition.settings
  const send = {
    task: 'celery.chord_unlock',
    args: [groupId, body],
    kwargs: { interval: interval ?? null, max_retries: maxRetries ?? null, result: header },
    options: {
      task_id: newId(),
      countdown: interval ?? settings.resultChordRetryInterval,
      ignore_result: true,
      add_to_parent: false,
      ...defined('queue', options.queue ?? own?.queue),
      ...defined('exchange', options.exchange ?? own?.exchange),
      ...defined('routing_key', options.routing_key ?? own?.routingKey),
      ...defined('priority', options.priority ?? own?.priority)
    },
    sending: `${groupId}/unlock`
  }
  return { send, publishing: { routeName: task } }
}

function defined<Key extends string, T>(key: Key, value: T | undefined): { readonly [K in Key]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [K in Key]?: T }
}

function firstTask(data: SignatureData): SignatureData {
  const { tasks, header } = data.kwargs as { tasks?: readonly SignatureData[]; header?: SignatureData }
  switch (kindOf(data)) {
    case 'chain':
    case 'group':
      return tasks?.[0] === undefined ? data : firstTask(tasks[0])
    case 'chord':
      return header === undefined ? data : firstTask(header)
    default:
      return data
  }
}
