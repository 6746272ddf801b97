import type { Command } from './command.js'
import { commands } from './commands/index.js'
import type { Option } from './options/option.js'
import { globalOptions } from './options/global.js'

/** The help of the command as a whole. */
export async function describeAll(width: number): Promise<string> {
  const yargs = await newYargs(width)
  yargs.usage('umbel [options] <command> [options]\n\nCelery for TypeScript: distributed tasks.')
  for (const { name, describe } of commands) yargs.command(name, describe)
  addOptions(yargs, globalOptions)
  yargs.example('umbel -A ./tasks.ts worker -l info -c 8', '')
  yargs.example("umbel -A ./tasks.ts call tasks.add --args '[2, 2]'", '')
  return `${await yargs.getHelp()}\n`
}

/** The help of one command. */
export async function describeCommand(command: Command, width: number): Promise<string> {
  const yargs = await newYargs(width)
  const operand = command.operand === undefined ? '' : ` <${command.operand.name}>`
  yargs.usage(`umbel [-A app] ${command.name}${operand} [options]\n\n${command.describe}`)
  addOptions(yargs, command.options, 'Options:')
  addOptions(yargs, globalOptions, 'In front of the command:')
  for (const example of command.examples ?? []) yargs.example(`umbel ${example}`, '')
  return `${await yargs.getHelp()}\n`
}

type Yargs = Awaited<ReturnType<typeof newYargs>>

async function newYargs(width: number) {
  const { default: yargs } = await import('yargs')
  return yargs([]).scriptName('umbel').locale('en').help(false).version(false).wrap(Math.min(100, width))
}

function addOptions(yargs: Yargs, options: readonly Option[], group?: string): void {
  for (const { name, short, aliases = [], describe, flag, fallback } of options) {
    yargs.option(name, {
      describe,
      type: flag === true ? 'boolean' : 'string',
      alias: [...(short === undefined ? [] : [short]), ...aliases],
      ...(fallback === undefined ? {} : { defaultDescription: fallback, default: undefined }),
      ...(group === undefined ? {} : { group })
    })
  }
}
