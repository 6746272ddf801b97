import type { Umbel } from '@umbel/app'
import type { Args, Kwargs } from '@umbel/protocol'
import { suggest } from '@umbel/runtime'
import type { Command, Invocation } from '../command.js'
import { EXIT } from '../exit-codes.js'
import type { Option } from '../options/option.js'
import { readJsonArray, readJsonObject, readNumber, readText, readTime, readTimeOrSeconds } from '../options/readers.js'
import type { Terminal } from '../terminal.js'

const args: Option<readonly unknown[]> = {
  name: 'args',
  short: 'a',
  describe: "Positional arguments, a JSON array: '[2, 2]'",
  fallback: '[]',
  read: readJsonArray
}
const kwargs: Option<Readonly<Record<string, unknown>>> = {
  name: 'kwargs',
  short: 'k',
  describe: `Keyword arguments, a JSON object: '{"y": 2}'`,
  fallback: '{}',
  read: readJsonObject
}
const eta: Option<string> = { name: 'eta', describe: 'When to run it at the earliest, ISO 8601', read: readTime }
const countdown: Option<number> = { name: 'countdown', describe: 'The same as seconds from now', read: readNumber }
const expires: Option<string | number> = {
  name: 'expires',
  describe: 'When it is no longer worth running: ISO 8601, or seconds from now',
  read: readTimeOrSeconds
}
const serializer: Option<string> = {
  name: 'serializer',
  describe: 'How arguments are written',
  fallback: 'as configured, else json',
  read: readText
}
const queue: Option<string> = { name: 'queue', describe: 'Queue to send it to', read: readText }
const exchange: Option<string> = { name: 'exchange', describe: 'Exchange to send it to', read: readText }
const routingKey: Option<string> = { name: 'routing-key', describe: 'Routing key', read: readText }

type CallOptions = NonNullable<Parameters<Umbel['sendTask']>[2]>

/** (celery.bin.call) */
export const call: Command = {
  name: 'call',
  describe: 'Send a task by its name and print its id.',
  operand: { name: 'name', describe: 'the name of the task, such as tasks.add' },
  options: [args, kwargs, eta, countdown, expires, serializer, queue, exchange, routingKey],
  examples: ["-A ./tasks.ts call tasks.add --args '[2, 2]'", "-b redis:// call tasks.add -a '[2, 2]' --countdown 10"],
  run: async ({ operand, values, session }) => {
    const { app, name } = await session.application()
    await app.loadModules()
    const positional = (values.get(args) ?? []) as Args
    const result = await app.sendTask(operand, positional, optionsFrom(values))
    session.terminal.print(result.id)
    if (name !== undefined) hintAtTask(session.terminal, operand, app)
    return EXIT.ok
  }
}

/** It may be another application's, so it is sent all the same. */
function hintAtTask(terminal: Terminal, name: string, { tasks, main }: Umbel): void {
  const near = tasks.has(name) ? undefined : suggest(name, tasks.names())
  if (near !== undefined) terminal.hint(`${main} has no task '${name}'; did you mean '${near}'? It was sent as it is.`)
}

function optionsFrom(values: Invocation['values']): CallOptions {
  const options = {
    kwargs: values.get(kwargs) as Kwargs | undefined,
    eta: values.get(eta),
    countdown: values.get(countdown),
    expires: values.get(expires),
    serializer: values.get(serializer),
    queue: values.get(queue),
    exchange: values.get(exchange),
    routingKey: values.get(routingKey)
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
