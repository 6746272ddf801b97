import type { TaskRequest } from '@umbel/app/execution'
import type { Host } from '@umbel/pool'
import type { Logger } from '@umbel/runtime'

type LogLevel = keyof Logger

/** One line that a task logged, on its way to the worker's log. */
export interface TaskLogLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** `task.logger`: lines travel to the control side and bear the task's id and name. */
export function taskLogger(host: Host, { id, task }: Pick<TaskRequest, 'id' | 'task'>): Logger {
  const line =
    (level: LogLevel) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void =>
      host.notify('log', { level, message, fields: { ...fields, task_id: id, task_name: task } } satisfies TaskLogLine)
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    critical: line('critical')
  }
}
