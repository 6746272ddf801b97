import { defineTask, type TaskBody, type TaskDefinition } from '../task/definition.js'
import type { TaskOptions } from '../task/options.js'
import type { Umbel } from '../umbel.js'
import { applyChord, applyChunks, applyGroup } from './canvases.js'
import { unlockChord } from './chord-unlock.js'
import { accumulate, callInOrder, cleanUp } from './plain.js'

/** Celery's own tasks, which canvases and beats send by name. (celery.app.builtins, wire-protocol 7.8) */
export function builtInTasks(app: Umbel): readonly TaskDefinition[] {
  const items = { params: ['task', 'it'] }
  return [
    task('map', items, (each, it) => callInOrder(app, each, wrapped(it))),
    task('starmap', items, (each, it) => callInOrder(app, each, it)),
    task('accumulate', { bind: true, typing: false }, accumulate),
    task('ping', {}, () => 'pong'),
    task('backend_cleanup', {}, () => cleanUp(app)),
    task('chord_unlock', UNLOCK, unlockChord(app)),
    task('chunks', { params: ['task', 'it', 'n'] }, (each, it, size) => applyChunks(app, { each, it, size })),
    task('group', GROUP, (members, _result, ...[id, args]) => applyGroup(app, { members, id, args })),
    task('chord', CHORD, (header, body, ...[args]) => applyChord(app, { header, body, args })),
    task('chain', { typing: false }, () => {
      throw new Error('celery.chain is not a task that can run: a chain is sent as its first task')
    })
  ]
}

/** Late acknowledged: nobody else looks at the header. */
const UNLOCK = {
  bind: true,
  acksLate: true,
  rejectOnWorkerLost: true,
  maxRetries: null,
  ignoreResult: true,
  params: ['group_id', 'callback', 'interval', 'max_retries', 'result']
}
const GROUP = { params: ['tasks', 'result', 'group_id', 'partial_args', 'add_to_parent'] }
const CHORD = { params: ['header', 'body', 'partial_args', 'interval', 'countdown', 'max_retries'] }

function task<Args extends readonly never[]>(
  name: string,
  options: TaskOptions,
  body: (...args: Args) => unknown
): TaskDefinition {
  return defineTask(`celery.${name}`, options, body as unknown as TaskBody)
}

function* wrapped(items: Iterable<unknown>): Iterable<readonly unknown[]> {
  for (const item of items) yield [item]
}
