/** Key names of a key/value store, shared with Python. (wire-protocol 6.4) */
export interface ResultKeys {
  /** Where a task's meta is. */
  task(id: string): string
  /** Where a saved group is, and the stem of the keys of its chord. */
  group(id: string): string
  /** Where chords that count by increments count. */
  chord(id: string): string
  /** The task id in a task key; undefined for any other key. */
  taskId(key: string): string | undefined
}

const TASK = 'celery-task-meta-'
const GROUP = 'celery-taskset-meta-'
const CHORD = 'chord-unlock-'

/**
 * Key names behind `global_keyprefix` of result_backend_transport_options: an underscore is put between unless the
 * prefix ends in one of `:_-.` already. (The broker's prefix has another rule.)
 */
export function createResultKeys(prefix = ''): ResultKeys {
  const stem = prefix === '' || /[:_\-.]$/.test(prefix) ? prefix : `${prefix}_`
  const task = stem + TASK
  return {
    task: id => task + id,
    group: id => stem + GROUP + id,
    chord: id => stem + CHORD + id,
    taskId: key => (key.startsWith(task) ? key.slice(task.length) : undefined)
  }
}
