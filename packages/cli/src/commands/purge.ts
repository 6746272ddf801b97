import { createInterface } from 'node:readline'
import type { Umbel } from '@umbel/app'
import type { Command } from '../command.js'
import type { CliEnvironment } from '../environment.js'
import { UsageError } from '../errors.js'
import { EXIT } from '../exit-codes.js'
import type { Option } from '../options/option.js'
import { readFlag, readList } from '../options/readers.js'

const force: Option<boolean> = { name: 'force', short: 'f', describe: 'Do not ask', read: readFlag, flag: true }
const queues: Option<readonly string[]> = {
  name: 'queues',
  short: 'Q',
  describe: 'Queues to empty, with commas between',
  fallback: 'all known queues',
  read: readList
}
const excludeQueues: Option<readonly string[]> = {
  name: 'exclude-queues',
  short: 'X',
  describe: 'Queues to leave alone',
  read: readList
}

/** (celery.bin.purge) */
export const purge: Command = {
  name: 'purge',
  describe: 'Delete all messages that wait in the task queues. What runs goes on. There is no way back.',
  options: [force, queues, excludeQueues],
  examples: ['-A ./tasks.ts purge', '-A ./tasks.ts purge -f -Q lopri'],
  run: async ({ values, session }) => {
    const { app } = await session.application()
    await app.conf.load()
    const excluded = new Set(values.get(excludeQueues))
    const known = values.get(queues) ?? app.services.router().queues.names
    const names = [...new Set(known)].filter(name => !excluded.has(name)).toSorted()
    if (names.length === 0) throw new UsageError('umbel purge: no queue is left to empty')
    const { environment, terminal } = session
    if (values.get(force) !== true && !(await confirm(names, environment))) {
      terminal.complain('Aborted!')
      return EXIT.failure
    }
    const count = await purgeAll(app, names)
    terminal.print(
      count === 0
        ? `No messages purged from ${plural(names.length, 'queue')}.`
        : `Purged ${plural(count, 'message')} from ${plural(names.length, 'known task queue')}.`
    )
    return EXIT.ok
  }
}

async function purgeAll(app: Umbel, names: readonly string[]): Promise<number> {
  const connection = await app.services.connectBroker({ name: `purge${process.pid}` })
  try {
    const channel = await connection.openChannel()
    const counts: number[] = []
    for (const name of names) counts.push(await channel.purge(name))
    return counts.reduce((sum, count) => sum + count, 0)
  } finally {
    await connection.close()
  }
}

/** Anything but yes is no; so is the end of the input. */
async function confirm(names: readonly string[], { stdin, stdout }: CliEnvironment): Promise<boolean> {
  const question =
    `WARNING: this deletes all tasks that wait in ${names.length === 1 ? 'the queue' : 'the queues'} ${names.join(', ')}.\n` +
    '         They cannot be brought back. (-f does not ask.)\n\nDelete them? [y/N] '
  stdout.write(question)
  const readline = createInterface({ input: stdin })
  try {
    const answer = await new Promise<string>(resolve => readline.once('line', resolve).once('close', () => resolve('')))
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    readline.close()
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
