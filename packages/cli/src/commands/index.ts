import type { Command } from '../command.js'

interface CommandEntry {
  readonly name: string
  readonly describe: string
  load(): Promise<Command>
}

/** The commands; each is loaded when it is called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'worker',
    describe: 'Start a worker',
    load: async () => (await import('./worker.js')).worker
  },
  {
    name: 'call',
    describe: 'Send a task by its name',
    load: async () => (await import('./call.js')).call
  },
  {
    name: 'result',
    describe: "Wait for a task's result and print it",
    load: async () => (await import('./result.js')).result
  },
  {
    name: 'purge',
    describe: 'Delete all waiting messages of the task queues',
    load: async () => (await import('./purge.js')).purge
  },
  {
    name: 'report',
    describe: 'Print versions and settings, for bug reports',
    load: async () => (await import('./report.js')).report
  }
]

/** Celery's commands that this version does not have. */
export const LATER_COMMANDS: Readonly<Record<string, true>> = {
  amqp: true,
  beat: true,
  control: true,
  events: true,
  flower: true,
  graph: true,
  inspect: true,
  list: true,
  logtool: true,
  migrate: true,
  multi: true,
  shell: true,
  status: true,
  upgrade: true
}
